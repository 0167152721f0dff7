package postgres

import (
	"testing"
	"time"

	"github.com/lib/pq"
)

// TestSeveralServers: where a URL names several, we want the one that takes
// writes, unless it says otherwise, and wait for none that hangs.
func TestSeveralServers(t *testing.T) {
	t.Parallel()
	for dbURL, want := range map[string]struct {
		target   pq.TargetSessionAttrs
		within   time.Duration
		listened string
		place    string
	}{
		"postgres://keur@one/keur": {"", 0, "postgres://keur@one/keur", "one:5432/keur as keur"},
		"postgres://keur@one,two/keur": {
			"read-write", connectWithin, "postgres://keur@one,two/keur?target_session_attrs=read-write&connect_timeout=3",
			"one:5432,two:5432/keur as keur",
		},
		"postgres://keur@one:1,two:2/keur?sslmode=disable": {
			"read-write", connectWithin,
			"postgres://keur@/keur?host=one%2Ctwo&port=1%2C2&sslmode=disable&target_session_attrs=read-write&connect_timeout=3",
			"one:1,two:2/keur as keur",
		},
		"host=one,two user=keur dbname=keur password=a://b": {
			"read-write", connectWithin,
			"host=one,two user=keur dbname=keur password=a://b target_session_attrs=read-write connect_timeout=3",
			"one:5432,two:5432/keur as keur",
		},
		"host=one,two user=keur dbname=keur": {
			"read-write", connectWithin, "host=one,two user=keur dbname=keur target_session_attrs=read-write connect_timeout=3",
			"one:5432,two:5432/keur as keur",
		},
		"postgres://keur@one,two/keur?target_session_attrs=any&connect_timeout=9": {
			"any", 9 * time.Second, "postgres://keur@one,two/keur?target_session_attrs=any&connect_timeout=9",
			"one:5432,two:5432/keur as keur",
		},
	} {
		cfg, err := config(dbURL)
		if err != nil || cfg.TargetSessionAttrs != want.target || cfg.ConnectTimeout != want.within {
			t.Errorf("%s: %q within %v, %v", dbURL, cfg.TargetSessionAttrs, cfg.ConnectTimeout, err)
		}
		if got := directed(dbURL); got != want.listened {
			t.Errorf("%s is listened to at %s", dbURL, got)
		}
		if got := place(cfg); got != want.place {
			t.Errorf("%s is at %s", dbURL, got)
		}
		if heard, err := pq.NewConfig(directed(dbURL)); err != nil || heard.ConnectTimeout != want.within {
			t.Errorf("%s: %v, %v", directed(dbURL), heard.ConnectTimeout, err)
		}
	}
}
