"""The catalogue as a file that people write (docs/catalogue-file.md). Reads text; touches nothing."""
