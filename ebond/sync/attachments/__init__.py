"""Files of a bond's records, both ways."""
