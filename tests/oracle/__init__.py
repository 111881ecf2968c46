"""A second implementation of the language reference, compared with the program."""
