"""The `market` command: for those who run the market, and for the demo."""
