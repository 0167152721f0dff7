package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"keur/internal/postgres"
	"keur/migrations"
)

type migrateCommand struct{}

// Run brings the base to the newest schema as its owner, gives it what the
// program proves itself by, and lets the application's role in.
func (migrateCommand) Run(ctx context.Context, settings *Settings, to console, log *slog.Logger) error {
	report := func(step string) { fmt.Fprintln(to.out, step) }
	done := func() { report(fmt.Sprintf("the base has schema %d", migrations.Version())) }
	if settings.DatabaseURL == "" && settings.OwnerDatabaseURL == "" {
		local, err := startLocal(ctx, settings, log)
		if err != nil {
			return err
		}
		defer stopLocal(ctx, local, log)
		if err := migrateLocal(ctx, local, report); err != nil {
			return err
		}
		if err := (&base{local: local}).installKey(ctx, settings); err != nil {
			return err
		}
		done()
		return nil
	}
	if settings.OwnerDatabaseURL == "" {
		return errors.New("migrations need the owner of the base: set KEUR_OWNER_DATABASE_URL to the same base as " +
			"KEUR_DATABASE_URL, with the role that owns the tables")
	}
	box, err := new(base).seal(settings)
	if err != nil {
		return err
	}
	if err := migrations.Migrate(ctx, settings.OwnerDatabaseURL, report); err != nil {
		return err
	}
	if err := postgres.KeyOf(box).Install(ctx, settings.OwnerDatabaseURL); err != nil {
		return err
	}
	done()
	if settings.DatabaseURL == "" {
		return nil
	}
	return postgres.Admit(ctx, settings.OwnerDatabaseURL, settings.DatabaseURL)
}
