package mailings_test

import (
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"

	"keur/internal/fault"
	"keur/internal/paging"
	"keur/internal/pgtest"
	"keur/internal/postgres"
	"keur/labels"
	"keur/mailings"
	"keur/mailings/mailingstest"
	"keur/mailings/schedules"
	"keur/mailings/schedules/schedulestest"
	"keur/segments"
)

const slot = "2026-11-24T10:00"

func newWorld(t *testing.T) (*mailingstest.World, pgtest.DB) {
	t.Helper()
	return mailingstest.Fresh(t, 2)
}

// put writes a state past all rules, as no program can.
func put(t *testing.T, db pgtest.DB, sql string, args ...any) {
	t.Helper()
	tx := db.Owner.MustBegin()
	tx.MustExec(`SET LOCAL session_replication_role = replica`)
	tx.MustExec(sql, args...)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// TestAnEditInEveryState edits a mailing in each of its states, with a send in
// each of a send's states: what has ended refuses, a send under way refuses,
// and all others are a draft with the edit, and their sends are called off.
func TestAnEditInEveryState(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as := mailingstest.As(w.Maker)
	b := w.Brief(t, slot)
	m, r := w.Draft(t, b)
	w.Approve(t, db.Owner, m, r)
	send := plan(t, w, m, r, slot)
	content, err := w.Mailings.Content(as, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []mailings.State{mailings.Draft, mailings.InReview, mailings.ChangesRequested, mailings.Approved,
		mailings.Scheduled, mailings.Done, mailings.Cancelled} {
		for _, sendState := range []mailings.SendState{
			mailings.Planned, mailings.Preflight, mailings.Freezing, mailings.Sending, mailings.Paused, mailings.Finished,
			mailings.Held, mailings.Missed, mailings.SendCancelled,
		} {
			begun := sendState == mailings.Sending || sendState == mailings.Paused || sendState == mailings.Finished
			put(t, db, `UPDATE mailings SET state = $2, revision_id = $3 WHERE id = $1`, m.ID, state, r.ID)
			put(t, db, `
				UPDATE sends SET state = $2, started_at = CASE WHEN $3 THEN now() END, finished_at = CASE WHEN $2 IN ('finished', 'cancelled') THEN now() END
				 WHERE id = $1`, send.ID, sendState, begun)
			content.Preheader = string(state) + " " + string(sendState)
			ended := state == mailings.Done || state == mailings.Cancelled
			live := sendState != mailings.Finished && sendState != mailings.SendCancelled && sendState != mailings.Missed
			_, _, err := w.Mailings.Edit(as, m.ID, r.ID, content, w.Maker.ID)
			now, getErr := w.Mailings.Get(as, m.ID)
			after, sendErr := w.Sends.Get(as, send.ID)
			if getErr != nil || sendErr != nil {
				t.Fatal(getErr, sendErr)
			}
			if ended || live && begun {
				if !fault.Is(err, fault.Conflict) || now.State != state || *now.RevisionID != r.ID || after.State != sendState {
					t.Errorf("%s with a send that is %s was edited: %s, %s, %v", state, sendState, now.State, after.State, err)
				}
				continue
			}
			want := sendState
			if live {
				want = mailings.SendCancelled
			}
			if err != nil || now.State != mailings.Draft || *now.RevisionID == r.ID || after.State != want {
				t.Errorf("%s with a send that is %s, edited: %s, %s, want %s: %v", state, sendState, now.State, after.State, want, err)
			}
		}
	}
}

// TestLeavingApprovalTakesTheSlots moves a mailing from each state to each that
// may follow, with a send that waits.
func TestLeavingApprovalTakesTheSlots(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as := mailingstest.As(w.Maker)
	m, r := w.Draft(t, w.Brief(t, slot))
	w.Approve(t, db.Owner, m, r)
	send := plan(t, w, m, r, slot)
	for _, c := range []struct {
		from, to mailings.State
		taken    bool
	}{
		{mailings.Approved, mailings.Scheduled, false}, {mailings.Approved, mailings.Draft, true},
		{mailings.Approved, mailings.Cancelled, true},
		{mailings.Scheduled, mailings.Draft, true}, {mailings.Scheduled, mailings.Cancelled, true},
	} {
		put(t, db, `UPDATE mailings SET state = $2 WHERE id = $1`, m.ID, c.from)
		put(t, db, `UPDATE sends SET state = 'planned', finished_at = NULL WHERE id = $1`, send.ID)
		if _, err := w.Mailings.Update(as, m.ID, func(m *mailings.Mailing) error { return m.MoveTo(c.to) }); err != nil {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
			continue
		}
		after, err := w.Sends.Get(as, send.ID)
		if err != nil || (after.State == mailings.SendCancelled) != c.taken || (after.FinishedAt != nil) != c.taken {
			t.Errorf("%s to %s leaves its send %s: %v", c.from, c.to, after.State, err)
		}
	}
}

func TestNothingIsSavedOfAnUpdateThatFails(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := mailingstest.As(w.Maker)
	m, _ := w.Draft(t, w.Brief(t, slot))
	refused := fault.New(fault.Conflict, "no")
	if _, err := w.Mailings.Update(as, m.ID, func(m *mailings.Mailing) error { m.Name = "x"; return refused }); err != error(refused) {
		t.Errorf("%v", err)
	}
	if now, err := w.Mailings.Get(as, m.ID); err != nil || now.Name != m.Name {
		t.Errorf("%+v, %v", now, err)
	}
	for _, err := range []error{
		second(w.Mailings.Get(as, m.ID+1)), second(w.Mailings.Update(as, m.ID+1, func(*mailings.Mailing) error { return nil })),
		second(w.Mailings.Revision(as, 99)), second(w.Mailings.Content(as, 99)), second(w.Sends.Get(as, 99)),
		second(w.Sends.Update(as, 99, func(*mailings.Send) error { return nil })),
	} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("of what isn't there: %v", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnEditKeepsItsPlacementsAndLinks(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as := mailingstest.As(w.Maker)
	b := w.Brief(t, slot)
	m, first := w.Draft(t, b)
	links, err := w.Mailings.Links(as, first.ID)
	at := slices.IndexFunc(links, func(l mailings.StoredLink) bool { return l.Placement == "zon" })
	if err != nil || at < 0 || links[at].URL != b.Placements[0].URL || links[at].CampaignID == nil ||
		*links[at].CampaignID != int64(w.Campaign.ID) {
		t.Errorf("%+v, %v", links, err)
	}
	var placed int
	if err := db.Owner.Get(&placed, `SELECT count(*) FROM revision_placements WHERE revision_id = $1 AND campaign_id = $2`, first.ID, w.Campaign.ID); err != nil || placed != 1 {
		t.Errorf("%d placements, %v", placed, err)
	}
	b.Preheader = "Nu"
	second := w.Edit(t, m, first.ID, b)
	if second.Number != 2 || second.Digest == first.Digest || second.Digest != mailings.DigestOf(second.Canonical) {
		t.Errorf("%+v", second)
	}
	content, err := w.Mailings.Content(as, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Mailings.Edit(as, m.ID, first.ID, content, w.Maker.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("an edit of an old revision: %v", err)
	}
	content.Subjects = nil
	if _, _, err := w.Mailings.Edit(as, m.ID, second.ID, content, w.Maker.ID); !fault.Is(err, fault.Invalid) {
		t.Errorf("an edit without a subject: %v", err)
	}
	page, err := w.Mailings.Revisions(as, m.ID, paging.Ask{})
	if err != nil || len(page.Items) != 2 || page.Items[0].ID != second.ID || page.Items[0].Canonical != nil {
		t.Errorf("%+v, %v", page.Items, err)
	}
	authors, err := w.Mailings.Authors(as, second.ID)
	if err != nil || len(authors) != 1 || authors[0] != w.Maker.ID {
		t.Errorf("authors %v, %v", authors, err)
	}
}

// A template that can't be understood is kept, and says what is wrong with it.
func TestADraftMayBeUnfinished(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	as := mailingstest.As(w.Maker)
	b := w.Brief(t, slot)
	b.Template.Source = "<p>{{member.first_name</p>"
	m, err := w.Mailings.Create(as, w.Label.ID, "Winterzon solo", mailings.Solo)
	if err != nil {
		t.Fatal(err)
	}
	content, err := w.Composer.Compose(as, &m, b)
	if err != nil {
		t.Fatal(err)
	}
	r, findings, err := w.Mailings.Edit(as, m.ID, 0, content, w.Maker.ID)
	if err != nil || len(findings) == 0 {
		t.Fatalf("%v, %v", findings, err)
	}
	kept, err := w.Mailings.Content(as, r.ID)
	if err != nil || kept.Template.Rendered != "" || kept.Template.Source != b.Template.Source {
		t.Errorf("%+v, %v", kept.Template, err)
	}
	if _, _, _, err := kept.Compile(as, w.Compiler); !fault.Is(err, fault.Invalid) {
		t.Errorf("it is compiled for delivery: %v", err)
	}
}

func TestASavedMailIsRenderedTheSame(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	_, r := w.Draft(t, w.Brief(t, slot))
	content, err := w.Mailings.Content(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, changed, err := content.Compile(t.Context(), w.Compiler); err != nil || changed {
		t.Errorf("it became another: %v, %v", changed, err)
	}
	content.Subjects[0].Text += "!"
	if _, _, changed, err := content.Compile(t.Context(), w.Compiler); err != nil || !changed {
		t.Errorf("with another subject it is the same: %v", err)
	}
}

func TestMailingsAreListed(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	as := mailingstest.As(w.Maker)
	solo, r := w.Draft(t, w.Brief(t, slot))
	w.Approve(t, db.Owner, solo, r)
	send := plan(t, w, solo, r, slot)
	house, err := w.Mailings.Create(mailingstest.As(w.Third), w.Label.ID, "Prijsvraag", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter mailings.Filter
		order  string
		want   []mailings.ID
	}{
		"all, the newest first":  {mailings.Filter{}, "", []mailings.ID{house.ID, solo.ID}},
		"by name":                {mailings.Filter{}, "name", []mailings.ID{house.ID, solo.ID}},
		"by moment":              {mailings.Filter{}, "moment", []mailings.ID{house.ID, solo.ID}},
		"last changed":           {mailings.Filter{}, "changed", []mailings.ID{house.ID, solo.ID}},
		"of a label":             {mailings.Filter{Labels: []labels.ID{w.Label.ID}}, "", []mailings.ID{house.ID, solo.ID}},
		"of no label":            {mailings.Filter{Labels: []labels.ID{}}, "", nil},
		"by a part of the name":  {mailings.Filter{Name: "WINTER"}, "", []mailings.ID{solo.ID}},
		"by state":               {mailings.Filter{States: []mailings.State{mailings.Draft}}, "", []mailings.ID{house.ID}},
		"by kind":                {mailings.Filter{Kind: mailings.House}, "", []mailings.ID{house.ID}},
		"of an advertiser":       {mailings.Filter{Advertiser: w.Advertiser.ID}, "", []mailings.ID{solo.ID}},
		"of another advertiser":  {mailings.Filter{Advertiser: w.Advertiser.ID + 1}, "", nil},
		"of a campaign":          {mailings.Filter{Campaign: w.Campaign.ID}, "", []mailings.ID{solo.ID}},
		"of who began it":        {mailings.Filter{Maker: w.Third.ID}, "", []mailings.ID{house.ID}},
		"of who wrote it":        {mailings.Filter{Maker: w.Maker.ID}, "", []mailings.ID{solo.ID}},
		"of who had no part":     {mailings.Filter{Maker: w.Colleague.ID}, "", nil},
		"by what doesn't exist":  {mailings.Filter{Kind: mailings.Newsletter}, "", nil},
		"by all of it, together": {mailings.Filter{Name: "winter", Kind: mailings.Solo, Maker: w.Maker.ID}, "", []mailings.ID{solo.ID}},
	} {
		page, err := w.Mailings.List(as, c.filter, paging.Ask{Sort: c.order})
		var got []mailings.ID
		for _, m := range page.Items {
			got = append(got, m.ID)
			if m.ID == solo.ID && (m.SlotAt == nil || !m.SlotAt.Equal(send.SlotAt)) {
				t.Errorf("%s: its slot is %v", name, m.SlotAt)
			}
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v: %v", name, got, c.want, err)
		}
	}
	ids, err := w.Mailings.InState(as, mailings.Approved)
	if err != nil || !slices.Equal(ids, []mailings.ID{solo.ID}) {
		t.Errorf("approved are %v, %v", ids, err)
	}
}

// plan makes the send of a slot.
func plan(t *testing.T, w *mailingstest.World, m mailings.Mailing, r mailings.Revision, at string) mailings.Send {
	t.Helper()
	m.RevisionID = &r.ID
	slot, when := schedulestest.Local(t, at), schedulestest.Local(t, at).In(w.Label.Location())
	var send mailings.Send
	err := postgres.InTx(t.Context(), w.DB, func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(`SELECT ensure_partitions($1, $1)`, mailings.MonthOf(when)); err != nil {
			return err
		}
		made, err := w.Sends.Plan(t.Context(), tx, m, slot, when, when.AddDate(0, 0, 2))
		if err != nil {
			return err
		}
		if !made {
			t.Errorf("%s had a send already", at)
		}
		send, err = w.Sends.At(t.Context(), tx, m.ID, slot)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return send
}

func TestWhomAMailingReaches(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	m, r := w.Draft(t, w.Brief(t, slot))
	as := mailingstest.As(w.Maker)
	m, err := w.Mailings.Get(as, m.ID)
	if err != nil {
		t.Fatal(err)
	}
	water, err := w.Reach.Forecast(as, &m)
	if err != nil || water.Matched != 2 || water.Audience != 2 {
		t.Errorf("%+v, %v", water, err)
	}
	caps := []labels.Cap{{Scope: labels.PerLabel, Days: 7, AtMost: 1}}
	if _, err := w.Labels.Update(as, w.Label.ID, func(l *labels.Label) error { l.Caps = caps; return nil }); err != nil {
		t.Fatal(err)
	}
	shared := labels.Cap{Scope: labels.AcrossLabels, Days: 1, AtMost: 1}
	if _, err := w.Labels.UpdateSharedCaps(as, func([]labels.Cap) ([]labels.Cap, error) { return []labels.Cap{shared}, nil }); err != nil {
		t.Fatal(err)
	}
	content, err := w.Mailings.Content(as, r.ID)
	if err != nil {
		t.Fatal(err)
	}
	when := schedulestest.Local(t, slot).In(w.Label.Location())
	scope, err := w.Reach.Scope(as, &m, &content, when)
	if err != nil || scope.Label != w.Label.ID || scope.MailingID != int64(m.ID) || !scope.At.Equal(when) ||
		!slices.Equal(scope.Caps, append(caps, shared)) ||
		!slices.Equal(scope.Advertisers, []int64{int64(w.Advertiser.ID)}) || !slices.Equal(scope.Categories, []string{"travel"}) ||
		scope.Audience.OncePerMember {
		t.Errorf("%+v, %v", scope, err)
	}
	everyone := segments.Audience{Segments: []segments.SegmentRef{{Rule: segments.Everyone()}}, Cap: 1}
	if water, err := w.Reach.Count(as, w.Label.ID, everyone, when); err != nil || water.Matched != 2 || water.Audience != 1 {
		t.Errorf("an audience of one: %+v, %v", water, err)
	}
	empty, err := w.Mailings.Create(as, w.Label.ID, "Leeg", mailings.House)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Reach.Forecast(as, &empty); !fault.Is(err, fault.Conflict) {
		t.Errorf("a mailing that says nothing reaches somebody: %v", err)
	}
}

// A step of a series reaches those who joined that many days ago, each once; one
// of the very day also those who joined after its time the day before.
func TestASeriesReachesThoseOfItsDay(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	b := w.Brief(t, slot)
	m, _ := w.Draft(t, b)
	for _, c := range []struct{ days, later, want int }{{0, 0, 2}, {0, 1, 2}, {0, 2, 0}, {1, 0, 0}, {1, 1, 2}, {1, 2, 0}, {3, 0, 0}} {
		days, want, at := c.days, c.want, w.Clock.Now().AddDate(0, 0, c.later)
		b.Schedule = schedules.Schedule{Kind: schedules.Series, Step: &schedules.Step{After: "joined", Days: days, Time: "10:00"}}
		content, err := w.Composer.Compose(t.Context(), &m, b)
		if err != nil {
			t.Fatal(err)
		}
		water, err := w.Reach.Waterfall(t.Context(), &m, &content, at)
		if err != nil || water.Matched != want {
			t.Errorf("%d days after joining it reaches %+v on day %d, want %d: %v", days, water, c.later, want, err)
		}
		scope, err := w.Reach.Scope(t.Context(), &m, &content, w.Clock.Now())
		if err != nil || !scope.Audience.OncePerMember {
			t.Errorf("a member may get a step twice: %v", err)
		}
	}
}
