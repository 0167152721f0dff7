package pgtest

import (
	"context"
	"testing"

	"keur/internal/postgres"
	"keur/migrations"
)

// Durable returns an empty, migrated base on a server of its own that doesn't
// cheat: what it commits is on the disk. It is for measuring, as it takes
// seconds to start.
func Durable(t testing.TB) DB {
	t.Helper()
	ctx := context.Background()
	server, err := postgres.StartLocal(ctx, postgres.LocalConfig{DataDir: Folder(t)})
	if err != nil {
		t.Fatalf("durable server: %v", err)
	}
	t.Cleanup(func() { _ = server.Stop(ctx) })
	if err := migrations.Migrate(ctx, server.OwnerURL(), func(string) {}); err != nil {
		t.Fatalf("durable server: %v", err)
	}
	return DB{App: Open(t, server.AppURL()), Owner: Open(t, server.OwnerURL()), AppURL: server.AppURL(), OwnerURL: server.OwnerURL()}
}
