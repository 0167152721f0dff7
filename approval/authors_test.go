package approval_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/campaigns"
	"keur/internal/fault"
	"keur/internal/pgtest"
	"keur/mailings"
	"keur/segments"
	"keur/templates"
)

// teamOf names who counts as an author of a revision.
func teamOf(t *testing.T, w *approvaltest.World, r mailings.RevisionID) string {
	t.Helper()
	var ids []accounts.UserID
	if err := w.DB.Select(&ids, `SELECT a FROM revision_authors($1) a`, r); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, u := range []accounts.User{w.Colleague, w.Maker, w.Third} {
		if slices.Contains(ids, u.ID) {
			names = append(names, u.Name)
		}
	}
	return strings.Join(names, " ")
}

const own = `<!doctype html><html lang="nl"><head><title>{{label.name}}</title></head><body><p>Een eigen begin.</p>
{{placements}}<p>{{label.imprint}}</p><p><a href="{{unsubscribe_url}}">Afmelden</a></p></body></html>`

// Whoever wrote a part by value is its author, wherever it goes.
func TestWritersGoWithWhatTheyWrote(t *testing.T) {
	t.Parallel()
	long := "Veertig graden en een zwembad voor u alleen: boek vandaag en betaal pas in de zomer."
	for name, make := range map[string]func(t *testing.T, w *approvaltest.World, b *mailings.Brief){
		"a template": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Template = mailings.BriefTemplate{ID: int64(template(t, w, w.Colleague, "Basis", own).ID)}
		},
		"a template that someone copied": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			template(t, w, w.Colleague, "Basis", own)
			b.Template = mailings.BriefTemplate{ID: int64(template(t, w, w.Maker, "Basis (kopie)", own).ID)}
		},
		"a template that someone changed": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			first := template(t, w, w.Colleague, "Basis", own)
			_, err := templates.NewStore(w.DB).Update(approvaltest.As(w.Maker), first.ID, func(now *templates.Template) error {
				now.Source = strings.Replace(own, "eigen", "ander", 1)
				return nil
			})
			must(t, err)
			b.Template = mailings.BriefTemplate{ID: int64(first.ID)}
		},
		"a template by its source": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			template(t, w, w.Colleague, "Basis", own)
			b.Template = mailings.BriefTemplate{Format: templates.HTML, Source: own}
		},
		"a partial template": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			partial(t, w, w.Colleague, "Voettekst", "<mj-section><mj-column><mj-text>Een eigen einde.</mj-text></mj-column></mj-section>")
			b.Template = mailings.BriefTemplate{Format: templates.MJML, Source: including("Voettekst")}
		},
		"a partial template within another": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			partial(t, w, w.Colleague, "Zin", "Een eigen einde.")
			partial(t, w, w.Maker, "Voettekst",
				`<mj-section><mj-column><mj-text><mj-include path="Zin"/></mj-text></mj-column></mj-section>`)
			b.Template = mailings.BriefTemplate{Format: templates.MJML, Source: including("Voettekst")}
		},
		"a segment": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Audience.Segments = []segments.SegmentRef{{ID: segment(t, w, w.Colleague, "Leden", `{"attribute": "first_name", "op": "is_not_empty"}`)}}
		},
		"a segment that someone changed": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			first := segment(t, w, w.Colleague, "Leden", `{"attribute": "first_name", "op": "is_not_empty"}`)
			_, err := segments.NewStore(w.DB).Update(approvaltest.As(w.Maker), first, 1, func(now *segments.Segment) (err error) {
				now.Rule, err = segments.ParseRule([]byte(`{"attribute": "first_name", "op": "is_empty"}`))
				return err
			})
			must(t, err)
			b.Audience.Segments = []segments.SegmentRef{{ID: first}}
		},
		"a segment that someone copied": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			const rule = `{"attribute": "first_name", "op": "is_not_empty"}`
			segment(t, w, w.Colleague, "Leden", rule)
			b.Audience.Segments = []segments.SegmentRef{{ID: segment(t, w, w.Maker, "Leden (kopie)", rule)}}
		},
		"a template that was changed and changed back": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			first := template(t, w, w.Colleague, "Basis", own)
			for _, source := range []string{strings.Replace(own, "eigen", "ander", 1), own} {
				_, err := templates.NewStore(w.DB).Update(approvaltest.As(w.Maker), first.ID, func(now *templates.Template) error {
					now.Source = source
					return nil
				})
				must(t, err)
			}
			b.Template = mailings.BriefTemplate{ID: int64(first.ID)}
		},
		"a segment that another one refers to": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			inner := segment(t, w, w.Colleague, "Leden", `{"attribute": "first_name", "op": "is_not_empty"}`)
			outer := segment(t, w, w.Maker, "Ook leden", `{"all": [{"segment": `+itoa(int64(inner))+`}]}`)
			b.Audience.Segments = []segments.SegmentRef{{ID: outer}}
		},
		"a segment that is left out": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Audience.Exclude = []segments.SegmentRef{{ID: segment(t, w, w.Colleague, "Geen", `{"attribute": "first_name", "op": "is_empty"}`)}}
		},
		"the terms": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			more := 900
			_, err := w.Campaigns.Update(approvaltest.As(w.Colleague), w.Campaign.ID, func(c *campaigns.Campaign) error {
				c.Deals = append(c.Deals, campaigns.Deal{Kind: "CPS", BasisPoints: &more, Note: "zomer"})
				return nil
			})
			must(t, err)
		},
		"a picture": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Placements[0].Creative = creative(t, w, w.Colleague, w.Colleague).String()
		},
		"what is said of a picture": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Placements[0].Creative = creative(t, w, w.Maker, w.Colleague).String()
		},
		"a voucher pool": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Placements[0].VoucherPoolID = int64(pool(t, w, w.Colleague, w.Maker))
		},
		"codes in a voucher pool": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Placements[0].VoucherPoolID = int64(pool(t, w, w.Maker, w.Colleague))
		},
		"a text of another mailing": func(t *testing.T, w *approvaltest.World, b *mailings.Brief) {
			b.Placements[0].Text = long
			theirs := w.Brief(t, slot)
			theirs.Placements[0] = b.Placements[0]
			written(t, w, w.Colleague, theirs)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, _ := newWorld(t)
			b := w.Brief(t, slot)
			make(t, w, &b)
			_, r := w.Draft(t, b)
			if got := teamOf(t, w, r.ID); got != "Coen Mara" {
				t.Errorf("authors are %q, want Coen beside Mara", got)
			}
		})
	}
}

// A copy keeps the writers of what it began with, also of what was still being
// typed there, however much of it is written anew. So does what was pasted and
// then changed.
func TestWritersGoWithCopies(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	bench := mailings.NewWorkbench(w.Mailings, w.Composer)
	theirs := written(t, w, w.Colleague, w.Brief(t, slot))
	_, err := bench.Change(approvaltest.As(w.Third), theirs, mailings.ContentPart, 0, w.Third.ID, func(d *mailings.Brief) error {
		d.Preheader = "nog niet bewaard"
		return nil
	})
	must(t, err)
	work, err := bench.Open(t.Context(), &theirs)
	must(t, err)
	copied, err := bench.Begin(approvaltest.As(w.Maker), mailings.Mailing{
		LabelID: w.Label.ID, Name: "Kopie", Kind: mailings.Solo, CopyOf: &theirs.ID,
	}, work.Brief, w.Maker.ID)
	must(t, err)
	changed := w.Brief(t, slot)
	changed.Subjects[0].Text, changed.Placements[0].Heading, changed.Template.Source = "Heel anders", "Ook anders", own
	_, err = bench.Change(approvaltest.As(w.Maker), copied, mailings.ContentPart, 1, w.Maker.ID,
		func(d *mailings.Brief) error { *d = changed; return nil })
	must(t, err)
	r, _, err := bench.Save(approvaltest.As(w.Maker), copied, 2, w.Maker.ID)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Coen Mara Tess" {
		t.Errorf("a copy has authors %q", got)
	}

	// Pasted into a mailing of its own, and one comma changed.
	fresh, err := bench.Begin(approvaltest.As(w.Maker), mailings.Mailing{LabelID: w.Label.ID, Name: "Nieuw", Kind: mailings.Solo},
		w.Brief(t, slot), w.Maker.ID)
	must(t, err)
	_, err = bench.Change(approvaltest.As(w.Maker), fresh, mailings.ContentPart, 1, w.Maker.ID, func(d *mailings.Brief) error {
		*d = w.Brief(t, slot)
		d.Template.Source += "\n"
		d.Placements[0].Heading, d.Placements[0].Text = "Heel iets anders dan wat er stond", "En ook hier staat een andere zin."
		return nil
	})
	must(t, err)
	r, _, err = bench.Save(approvaltest.As(w.Maker), fresh, 2, w.Maker.ID)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Coen Mara" {
		t.Errorf("what was pasted and changed has authors %q", got)
	}
}

// What another person approved before has no author any more, under its label;
// what is changed then, has who changed it.
func TestApprovedBytesHaveNoAuthor(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	parts := authors.NewStore(w.DB)
	base := template(t, w, w.Colleague, "Basis", own)
	thing := authors.Thing{Kind: authors.Template, ID: int64(base.ID), Version: 1}
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{ID: int64(base.ID)}
	m, r := w.Draft(t, b)
	found, err := parts.Of(t.Context(), w.Label.ID, thing)
	if err != nil || len(found) != 1 || !slices.Equal(found[0].Writers, []accounts.UserID{w.Colleague.ID}) {
		t.Fatalf("%+v, %v", found, err)
	}
	seen := []authors.Hash{found[0].Hash}
	for who, by := range map[string]accounts.User{"the writer": w.Colleague, "a planner": w.Maker} {
		if _, err := parts.Approve(approvaltest.As(by), w.Label.ID, thing, seen, by.ID); err == nil {
			t.Errorf("approved by %s", who)
		}
	}
	if _, err := parts.Approve(approvaltest.As(w.Third), w.Label.ID, thing, []authors.Hash{{1}}, w.Third.ID); !fault.Is(err,
		fault.Conflict) {
		t.Errorf("other bytes than were seen: %v", err)
	}
	if got := teamOf(t, w, r.ID); got != "Coen Mara" {
		t.Errorf("before: %q", got)
	}
	_, err = parts.Approve(approvaltest.As(w.Third), w.Label.ID, thing, seen, w.Third.ID)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Mara" {
		t.Errorf("approved alone by Tess: %q", got)
	}
	// The whole mailing is approved by Coen. For that approval it stays Mara's,
	// but what Coen then changes is Coen's alone.
	round := w.Submit(t, m, r)
	round = w.ApproveClient(t, round)
	w.LookAt(approvaltest.As(w.Colleague), t, round)
	_, err = w.Approval.Approve(approvaltest.As(w.Colleague), w.Step(t, round, approval.Colleague), approval.Given{Digest: round.Digest},
		w.Colleague.ID)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Mara" {
		t.Errorf("within its round: %q", got)
	}
	b.Subjects[0].Text = "De zomer in"
	next := edit(t, w, w.Colleague, m, r.ID, b)
	if got := teamOf(t, w, next.ID); got != "Coen" {
		t.Errorf("after a change by Coen: %q", got)
	}
}

// A starter is Keur's: who used it first is no author of what others make of it.
func TestStartersAreNobodys(t *testing.T) {
	t.Parallel()
	db := pgtest.Database(t)
	var known []string
	must(t, db.App.Select(&known, `SELECT encode(hash, 'hex') FROM part_commons`))
	for _, s := range templates.Starters() {
		var hash string
		must(t, db.App.Get(&hash, `
			SELECT encode(part_hash('template', jsonb_build_object('format', $1::text, 'source', $2::text)), 'hex')`, s.Format, s.Source))
		if !slices.Contains(known, hash) {
			t.Errorf("migrations/0019_authors.sql doesn't list the starter %s: \\x%s", s.Name, hash)
		}
	}
	if len(known) != len(templates.Starters()) {
		t.Errorf("%d parts are listed as nobody's, and there are %d starters", len(known), len(templates.Starters()))
	}
}

func TestPsqlCannotHideAWriter(t *testing.T) {
	t.Parallel()
	w, db := newWorld(t)
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{ID: int64(template(t, w, w.Colleague, "Basis", own).ID)}
	_, r := w.Draft(t, b)
	const approve = `INSERT INTO part_approvals (label_id, kind, hash, user_id) SELECT $1, kind, hash, $2 FROM parts_of_revision($3) WHERE kind = 'template'`
	args := func(by accounts.User) []any { return []any{w.Label.ID, by.ID, r.ID} }
	for name, try := range map[string]struct {
		actor, sql string
		args       []any
		want       string
	}{
		"a writer taken out":            {"", `DELETE FROM part_authors`, nil, "permission denied"},
		"a writer put in":               {"", `INSERT INTO part_authors (hash, user_id, kind) VALUES (sha256('x'), 1, 'text')`, nil, "permission denied"},
		"a writer by the function":      {"", `SELECT part_written('text', sha256('x'), 1, '{1}', '{}')`, nil, "permission denied"},
		"a part of nobody's":            {"", `INSERT INTO part_commons SELECT hash FROM part_authors`, nil, "permission denied"},
		"a part left out of a revision": {"", `DELETE FROM revision_parts`, nil, "permission denied"},
		"an own part approved":          {w.Colleague.ID.Actor(), approve, args(w.Colleague), "you wrote this part"},
		"a part approved by a planner":  {w.Maker.ID.Actor(), approve, args(w.Maker), "only an approver"},
		"a part in another's name":      {w.Maker.ID.Actor(), approve, args(w.Third), "this would be put down as done by"},
		"a part by a bare login":        {"", approve, args(w.Third), "this would be put down as done by"},
		"a part as if within a round":   {w.Third.ID.Actor(), `INSERT INTO part_approvals (round_id) VALUES (1)`, nil, "permission denied"},
		"an approval moved":             {"", `UPDATE part_approvals SET hash = sha256('x')`, nil, "permission denied"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := psql(db, try.actor, try.sql, try.args...); err == nil || !strings.Contains(err.Error(), try.want) {
				t.Errorf("got %v, want %q", err, try.want)
			}
		})
	}
	if got := teamOf(t, w, r.ID); got != "Coen Mara" {
		t.Errorf("authors are %q", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func itoa(n int64) string { return strings.TrimPrefix(accounts.UserID(n).Actor(), "user:") }

func template(t *testing.T, w *approvaltest.World, by accounts.User, name, source string) templates.Template {
	t.Helper()
	made, err := templates.NewStore(w.DB).Create(approvaltest.As(by),
		templates.Template{LabelID: w.Label.ID, Name: name, Format: templates.HTML, Source: source})
	must(t, err)
	return made
}

func segment(t *testing.T, w *approvaltest.World, by accounts.User, name, rule string) segments.ID {
	t.Helper()
	parsed, err := segments.ParseRule([]byte(rule))
	must(t, err)
	made, err := segments.NewStore(w.DB).Create(approvaltest.As(by), w.Label.ID, name, "", parsed)
	must(t, err)
	return made.ID
}

// creative puts a picture that one user brings and another takes into the campaign.
func creative(t *testing.T, w *approvaltest.World, brings, takes accounts.User) campaigns.Hash {
	t.Helper()
	var file bytes.Buffer
	must(t, png.Encode(&file, image.NewGray(image.Rect(0, 0, 60, 20))))
	store := campaigns.NewCreatives(w.DB)
	made, err := store.Put(approvaltest.As(brings), file.Bytes())
	must(t, err)
	_, err = store.Attach(approvaltest.As(takes), w.Campaign.ID, campaigns.Use{Hash: made.Hash, Alt: "Een strand bij avond"})
	must(t, err)
	return made.Hash
}

// pool makes a voucher pool to which someone else adds codes.
func pool(t *testing.T, w *approvaltest.World, makes, adds accounts.User) campaigns.PoolID {
	t.Helper()
	store := campaigns.NewVouchers(w.DB)
	made, err := store.Create(approvaltest.As(makes), campaigns.Pool{CampaignID: w.Campaign.ID, Name: "Winter"})
	must(t, err)
	_, err = store.Import(approvaltest.As(adds), made.ID, []string{"AAA-111", "BBB-222", "CCC-333"})
	must(t, err)
	return made.ID
}

// written saves a mailing of the brief by someone else than the usual maker.
func written(t *testing.T, w *approvaltest.World, by accounts.User, b mailings.Brief) mailings.Mailing {
	t.Helper()
	m, err := w.Mailings.Create(approvaltest.As(by), w.Label.ID, "Van "+by.Name, mailings.Solo)
	must(t, err)
	edit(t, w, by, m, 0, b)
	m, err = w.Mailings.Get(context.Background(), m.ID)
	must(t, err)
	return m
}

func edit(
	t *testing.T, w *approvaltest.World, by accounts.User, m mailings.Mailing, on mailings.RevisionID, b mailings.Brief,
) mailings.Revision {
	t.Helper()
	content, err := w.Composer.Compose(approvaltest.As(by), &m, b)
	must(t, err)
	r, _, err := w.Mailings.Edit(approvaltest.As(by), m.ID, on, content, by.ID)
	must(t, err)
	return r
}
