package postgres

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// RefuseOwner returns a fault if db's role could go around the triggers and
// append-only tables: because it owns tables, may become their owner, or is a
// superuser. It also returns one if the role has no rights at all.
func RefuseOwner(ctx context.Context, db *sqlx.DB) error {
	var role struct {
		Name               string
		Super, Owns, Admin bool
		Admitted           bool
	}
	err := db.GetContext(ctx, &role, `
		SELECT rolname AS name, rolsuper AS super, rolcreaterole AS admin,
		       EXISTS (SELECT FROM pg_class c
		                 JOIN pg_namespace n ON n.oid = c.relnamespace
		                WHERE n.nspname = 'public' AND pg_has_role(c.relowner, 'member')) AS owns,
		       COALESCE(pg_has_role(to_regrole('keur_app')::oid, 'usage'), false) AS admitted
		  FROM pg_roles
		 WHERE rolname = current_user`)
	if err != nil {
		return Fault(err, "the database's role")
	}
	const instead = "give KEUR_DATABASE_URL a role that owns nothing (CREATE ROLE keur_login LOGIN PASSWORD '…'), " +
		"keep the owner in KEUR_OWNER_DATABASE_URL, and run keur migrate, which grants what is needed"
	switch {
	case role.Super:
		return fmt.Errorf("keur doesn't run as %s, a superuser, whom no rule of the base binds: %s", role.Name, instead)
	case role.Owns:
		return fmt.Errorf("keur doesn't run as %s, who owns its tables and could switch their rules off: %s", role.Name, instead)
	case role.Admin:
		return fmt.Errorf("keur doesn't run as %s, who may give roles away and so become the owner: %s", role.Name, instead)
	case !role.Admitted:
		return fmt.Errorf("%s has no rights in this base yet: run keur migrate with the owner in KEUR_OWNER_DATABASE_URL", role.Name)
	}
	return nil
}

// Admit gives the role of appURL the application's rights, as the owner.
// Returns a conflict if the two are the same role.
func Admit(ctx context.Context, ownerURL, appURL string) error {
	app, err := config(appURL)
	if err != nil {
		return err
	}
	owner, err := config(ownerURL)
	if err != nil {
		return err
	}
	if app.User == owner.User {
		return fmt.Errorf("KEUR_DATABASE_URL and KEUR_OWNER_DATABASE_URL both sign in as %s; keur itself needs a role that owns "+
			"nothing (CREATE ROLE keur_login LOGIN PASSWORD '…')", app.User)
	}
	db, err := Open(ctx, ownerURL)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, `GRANT `+appRole+` TO `+pq.QuoteIdentifier(app.User))
	return Fault(err, "role %s", app.User)
}
