"""Comments of a link: read what both sides show, sort it out (pure), and carry it, one after the other."""
