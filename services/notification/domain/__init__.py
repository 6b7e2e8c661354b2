"""Which mails are due, to whom, and what they are about. No mail server, no template, no clock."""
