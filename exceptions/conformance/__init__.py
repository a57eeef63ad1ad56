"""How well whole folders of messages are read and taken in: what `manage.py conformance` writes down."""
