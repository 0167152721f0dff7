package pgtest

import (
	"context"
	"testing"

	"keur/internal/postgres"
)

// Kept starts a migrated, durable server whose base stays in dir between runs,
// for measurements over data that takes minutes to make. A base of another
// schema has to be removed by hand.
func Kept(t testing.TB, dir string, settings map[string]string) DB {
	t.Helper()
	skipShort(t)
	ctx := context.Background()
	local, err := postgres.StartLocal(ctx, postgres.LocalConfig{DataDir: dir, Settings: settings})
	if err != nil {
		t.Fatalf("kept server: %v", err)
	}
	t.Cleanup(func() { _ = local.Stop(ctx) })
	if err := migrate(ctx, local.OwnerURL()); err != nil {
		t.Fatalf("the base in %s doesn't fit this schema, remove it: %v", dir, err)
	}
	db := DB{AppURL: named(local.AppURL(), "keur"), OwnerURL: named(local.OwnerURL(), "keur")}
	db.App, db.Owner = Open(t, db.AppURL), Open(t, db.OwnerURL)
	return db
}
