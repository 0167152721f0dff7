package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/delivery/direct"
	"keur/internal/postgres"
	"keur/internal/seal"
	"keur/migrations"
)

// base is the open base of a command, as the application's role.
type base struct {
	DB    *sqlx.DB
	URL   string // for listeners, which hold a connection of their own
	local *postgres.Local
	aside *postgres.Replica // nil: there is none
	log   *slog.Logger

	direct direct.Options
	folder string // of what keur keeps itself
}

// openBase opens the base that the settings name, and refuses one whose schema
// is not ours or whose role may do too much. Without one it starts the local
// server and brings that to the newest schema.
func openBase(ctx context.Context, settings *Settings, log *slog.Logger) (*base, error) {
	b := &base{
		URL: settings.DatabaseURL, log: log, folder: settings.DataDir,
		direct: direct.Options{Resolvers: settings.Resolvers, Inside: settings.LocalReceivers},
	}
	if b.URL == "" {
		var err error
		if b.local, err = startLocal(ctx, settings, log); err != nil {
			return nil, err
		}
		b.URL = b.local.AppURL()
		report := func(step string) { log.Info("schema", "step", step) }
		if err := migrateLocal(ctx, b.local, report); err != nil {
			b.Close(ctx)
			return nil, err
		}
	}
	var err error
	if b.local != nil {
		err = b.installKey(ctx, settings)
	}
	if err != nil {
		b.Close(ctx)
		return nil, err
	}
	if b.DB, err = postgres.Open(ctx, b.URL); err == nil {
		postgres.Limit(b.DB, settings.Connections)
		err = errors.Join(postgres.RefuseOwner(ctx, b.DB), migrations.Check(ctx, b.DB))
	}
	if err == nil && settings.ReplicaURL != "" {
		b.aside, err = postgres.OpenReplica(settings.ReplicaURL, b.DB, settings.Connections)
	}
	if err != nil {
		b.Close(ctx)
		return nil, err
	}
	return b, nil
}

// Close closes the base, and stops the local server if this process runs it.
func (b *base) Close(ctx context.Context) {
	if b.aside != nil {
		b.aside.Close()
	}
	if b.DB != nil {
		_ = b.DB.Close()
	}
	if b.local != nil {
		stopLocal(ctx, b.local, b.log)
	}
}

// installKey gives a local base what the program proves itself by.
func (b *base) installKey(ctx context.Context, settings *Settings) error {
	box, err := b.seal(settings)
	if err != nil {
		return err
	}
	return postgres.KeyOf(box).Install(ctx, b.local.OwnerURL())
}

// seal returns the box of the installation's secret: the one that is set, or
// the one kept beside a local server.
func (b *base) seal(settings *Settings) (*seal.Box, error) {
	if settings.Secret != "" {
		return seal.New([]byte(settings.Secret))
	}
	if b.local == nil {
		return nil, errors.New("set KEUR_SECRET, which seals passwords and tokens, to a long random text, the same for all " +
			"processes of this installation (openssl rand -base64 32)")
	}
	// Within the server's folder, so that the two are kept, moved and lost together.
	secret, err := keepSecret(filepath.Join(b.local.DataDir(), "secret"))
	if err != nil {
		return nil, err
	}
	return seal.New(secret)
}

func startLocal(ctx context.Context, settings *Settings, log *slog.Logger) (*postgres.Local, error) {
	dir, err := postgres.LocalFolder(filepath.Join(settings.DataDir, "postgres"))
	if err != nil {
		return nil, err
	}
	if filepath.Base(dir) != "postgres" { // said whatever is logged, as backups hang on it
		settings.tell("keur: the data is in %s, as the user that runs PostgreSQL may not enter the folder of %s\n",
			dir, settings.DataDir)
	}
	return postgres.StartLocal(ctx, postgres.LocalConfig{DataDir: dir, Log: log, Settings: settings.PostgresSettings})
}

// migrateLocal brings the local server's base to the newest schema. One that
// can't be kept is in a folder of its own, which the fault names.
func migrateLocal(ctx context.Context, local *postgres.Local, report func(step string)) error {
	err := migrations.Migrate(ctx, local.OwnerURL(), report)
	if errors.Is(err, migrations.ErrUnreleased) {
		return fmt.Errorf("the base in %[1]s was made by an earlier, unreleased version of Keur, of which nothing can be kept: "+
			"remove the folder %[1]s to begin anew", local.DataDir())
	}
	return err
}

// stopLocal stops the server even when ctx, which the signal to stop ends, is over.
func stopLocal(ctx context.Context, local *postgres.Local, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := local.Stop(ctx); err != nil {
		log.Error("the local PostgreSQL didn't stop", "error", err)
	}
}
