"""A second implementation of the language reference, held against the program."""
