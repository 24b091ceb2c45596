"""Products in bulk, as institutions do it: an Excel workbook in, checked cell by cell and imported, and one out."""
