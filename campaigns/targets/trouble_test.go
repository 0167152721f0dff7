package targets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"keur/campaigns/targets"
)

// Where nobody answers for once, the link is asked again soon: it isn't broken, holds
// no send, and works as soon as somebody answers.
func TestTroubleThatPasses(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	const url = "https://www.awin1.com/cread.php?m=1"
	r.link(t, "Shop", url)
	r.passes(t, 0)
	stands := func(by time.Duration, state targets.State, checks int) {
		t.Helper()
		before := len(r.asked)
		r.passes(t, by)
		if found := r.all(t)[0]; found.State != state || len(r.asked)-before != checks {
			t.Errorf("after %d checks it is %s", len(r.asked)-before, found.State)
		}
	}
	r.ends[url] = "links.trouble"
	stands(24*time.Hour, targets.Unclear, 2) // a check asks twice at once
	stands(20*time.Minute, targets.Unclear, 0)
	delete(r.ends, url)
	stands(15*time.Minute, targets.Works, 1)
	r.ends[url] = "links.trouble"
	stands(48*time.Hour, targets.Unclear, 2)
	stands(time.Hour, targets.Broken, 2)
	delete(r.ends, url)
	stands(time.Hour, targets.Works, 1)
	if told := r.letters(t); len(told) != 1 {
		t.Errorf("told is %q", told)
	}
}

// What was found of one link can't be kept; that is said, and of the others it is kept.
func TestOneThatCantBeKeptStopsNoOther(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for _, host := range []string{"a", "b", "c", "d"} {
		r.link(t, host, "https://"+host+".example/")
	}
	r.clock.Add(24 * time.Hour)
	if err := r.Find(program()); err != nil {
		t.Fatal(err)
	}
	r.Owner.MustExec(`
		CREATE FUNCTION refuse_one() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no room for this one'; END $$;
		CREATE TRIGGER refuse_one BEFORE UPDATE ON live_targets FOR EACH ROW
		  WHEN (NEW.host = 'b.example' AND NEW.state <> 'unchecked') EXECUTE FUNCTION refuse_one()`)
	if n, err := r.CheckDue(program()); n != 3 || err == nil || !strings.Contains(err.Error(), "no room for this one") {
		t.Errorf("checked %d: %v", n, err)
	}
	kept := map[string]targets.State{}
	for _, found := range r.all(t) {
		kept[found.URL] = found.State
	}
	want := map[string]targets.State{
		"https://a.example/": targets.Works, "https://b.example/": targets.Unchecked, "https://c.example/": targets.Works,
		"https://d.example/": targets.Works,
	}
	if d := cmp.Diff(want, kept); d != "" {
		t.Error(d)
	}
}
