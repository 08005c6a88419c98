"""What can happen at a fair: one function per event, in one file per noun; no sockets here."""
