"""What comments and files of a link have in common on their way: both are children of a record, carried one by one."""
