package storage

// MigrateFiles migrates by other files than the program's own.
var MigrateFiles = migrate
