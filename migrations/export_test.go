package migrations

// MigrateFrom is Migrate with other files than the program's own.
var MigrateFrom = migrate
