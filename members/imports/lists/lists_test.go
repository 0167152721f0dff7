package lists_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/labels"
	"keur/members"
	"keur/members/imports"
	"keur/members/imports/lists"
)

// A suppression list holds by address and by hash, for members and for those who
// become members later, in whatever way.
func TestSuppressionList(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	now := clock.NewFake(time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
	store := members.NewStore(db.App, now, []byte("erasure key of a test"))
	nl, de := labels.ID(pgtest.Label(t, db.App, "nl")), labels.ID(pgtest.Label(t, db.App, "de"))
	load := func(content string) imports.Import {
		i, err := imports.NewImporter(db.App, now, store).Run(t.Context(), imports.Options{Label: nl, Consent: &imports.FileConsent{
			Text: "Ja", Source: "winkel", At: now.Now().Add(-time.Hour),
		}}, strings.NewReader(content), nil)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	stands := func(want map[string]string) {
		t.Helper()
		for name, reason := range want {
			m, err := store.Find(t.Context(), name+"@x.nl")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			all, err := store.Suppressions(t.Context(), m.ID)
			for _, s := range all {
				got += string(s.Reason)
			}
			if got != reason || err != nil {
				t.Errorf("%s: %q, %v; want %q", name, got, err, reason)
			}
		}
	}
	read := func(label labels.ID, reason members.Reason, content string) (lists.Result, error) {
		o := lists.Options{Label: label, Reason: reason, FileName: "lijst.txt"}
		return lists.Import(t.Context(), store, o, strings.NewReader(content))
	}
	load("email\nsha256@x.nl\nplain@x.nl\nfree@x.nl\n")
	list := strings.Repeat("0", 64) + "\n" + // nobody's
		fmt.Sprintf("%X\n%x\n%x", sha256.Sum256([]byte("sha256@x.nl")), sha1.Sum([]byte("sha1@x.nl")), md5.Sum([]byte("md5@x.nl"))) +
		"\n Plain@X.nl \nlater@x.nl\nnonsense\n"
	got, err := read(nl, members.Manual, list)
	if diff := cmp.Diff(lists.Result{Rows: 7, Added: 6, Suppressed: 2, Rejected: 1}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	stands(map[string]string{"sha256": "manual", "plain": "manual", "free": ""})
	if again, err := read(nl, members.Manual, list); err != nil || again.Added != 0 || again.Suppressed != 0 {
		t.Errorf("again: %+v %v", again, err)
	}
	if i := load("email\nsha1@x.nl\nlater@x.nl\nother@x.nl\n"); i.Listed != 2 || i.NotMailable != 2 {
		t.Errorf("%+v", i.Counts)
	}
	if _, err := store.Create(t.Context(), members.Newcomer{Label: nl, Address: "MD5@x.nl", Source: "form"}); err != nil {
		t.Fatal(err)
	}
	stands(map[string]string{"sha1": "manual", "later": "manual", "other": "", "md5": "manual"})
	if _, err := read(de, members.Unsubscribe, "Email,Status\nx@x.nl,Hard bounce\ny@x.nl,Spam complaint\nz@x.nl,Subscribed\n"); err != nil {
		t.Fatal(err)
	}
	for reason, want := range map[string]int{"hard_bounce": 1, "complaint": 1, "unsubscribe": 0} {
		if n := pgtest.Count(t, db.App, `SELECT count(*) FROM suppression_list WHERE reason = '`+reason+`'`); n != want {
			t.Errorf("%s: %d", reason, n)
		}
	}
	if _, err := read(nl, members.Manual, "naam\nJan\n"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file without addresses: %v", err)
	}
}
