"""Files of parties: uploaded as a stream, stored in a folder or a bucket, read by those who may."""
