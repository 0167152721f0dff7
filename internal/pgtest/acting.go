package pgtest

import (
	"context"
	"strings"

	"keur/internal/postgres"
	"keur/internal/seal"
)

// Secret is the secret of the installation that every test's database belongs to.
const Secret = "a secret that only tests know, 32+"

// Box returns what is sealed with Secret.
func Box() *seal.Box {
	box, err := seal.New([]byte(Secret))
	if err != nil {
		panic(err) // Secret is long enough
	}
	return box
}

// Key returns what a program with Secret proves itself by to the database.
func Key() postgres.Key { return postgres.KeyOf(Box()) }

// Acting returns a context whose transactions are done by actor, in any case: a
// person is proven by Key, and nothing else needs it.
func Acting(ctx context.Context, actor string) context.Context {
	switch kind, _, _ := strings.Cut(actor, ":"); kind {
	case "user", "contact", "console", "provider":
		return Key().Acting(ctx, actor)
	}
	return postgres.WithActor(ctx, actor)
}
