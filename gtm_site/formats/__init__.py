"""How dates read where Django writes them (the admin): as everywhere else here."""
