package main

import (
	"context"
	"fmt"
	"log/slog"

	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/migrations"
)

type migrateCommand struct{}

// Run brings the base to the newest schema as its owner, and lets the
// application's role in.
func (migrateCommand) Run(ctx context.Context, settings *Settings, to console, log *slog.Logger) error {
	report := func(step string) { fmt.Fprintln(to.out, step) }
	if settings.DatabaseURL == "" && settings.OwnerDatabaseURL == "" {
		local, err := startLocal(ctx, settings, log)
		if err != nil {
			return err
		}
		defer stopLocal(ctx, local, log)
		return migrate(ctx, local.OwnerURL(), report)
	}
	if settings.OwnerDatabaseURL == "" {
		return fault.New(fault.Invalid, "migrations need the owner of the base: set KEUR_OWNER_DATABASE_URL to the same base as KEUR_DATABASE_URL, with the role that owns the tables")
	}
	if err := migrate(ctx, settings.OwnerDatabaseURL, report); err != nil {
		return err
	}
	if settings.DatabaseURL == "" {
		return nil
	}
	return postgres.Admit(ctx, settings.OwnerDatabaseURL, settings.DatabaseURL)
}

func migrate(ctx context.Context, ownerURL string, report func(step string)) error {
	if err := migrations.Migrate(ctx, ownerURL, report); err != nil {
		return err
	}
	report(fmt.Sprintf("the base has schema %d", migrations.Version()))
	return nil
}
