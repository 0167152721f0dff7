package columns

import (
	"testing"

	"keur/internal/pgtest"
)

func TestHashIsPostgreSQLs(t *testing.T) {
	t.Parallel()
	var rows []struct{ Member, Seed, Hash int64 }
	if err := pgtest.Database(t).App.Select(&rows, `
		SELECT member, seed, hashint8extended(member, seed) AS hash
		  FROM unnest(ARRAY[0, 1, 2, 1000000, 4294967295, 4294967296, 9007199254740993, -1, -5000000000]) member,
		       unnest(ARRAY[0, 1, -1, 42, 4294967296, -9223372036854775808, 9223372036854775807]) seed`); err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if got := int64(hashMember(r.Member, r.Seed)); got != r.Hash {
			t.Errorf("hash of %d by %d: %d, want %d", r.Member, r.Seed, got, r.Hash)
		}
	}
}
