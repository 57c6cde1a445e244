"""Documents of any format: PDF, Office, OpenDocument, HTML, Markdown, RTF, EPUB, mails, text.

`formats` finds out what a file is and who reads it; `entries` lists what is in folders, archives
and mailboxes; `workers` read in processes that may be lost; `reading` makes a table of it all.
"""
