"""How a mail is made: a template fills a sheet, two renderers lay it out, a calendar and a document go with it."""
