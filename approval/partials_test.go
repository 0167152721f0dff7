package approval_test

import (
	"strings"
	"testing"

	"keur/accounts"
	"keur/approval/approvaltest"
	"keur/authors"
	"keur/mailings"
	"keur/templates"
)

// A partial that is changed after the approval leaves the mail as it was. Once
// somebody else approved its bytes, its writer may decide about what includes it.
func TestPartialsAreHeldByValue(t *testing.T) {
	t.Parallel()
	w, _ := newWorld(t)
	foot := partial(t, w, w.Colleague, "Voettekst", "<mj-section><mj-column><mj-text>Tot ziens.</mj-text></mj-column></mj-section>")
	b := w.Brief(t, slot)
	b.Template = mailings.BriefTemplate{Format: templates.MJML, Source: including("Voettekst")}
	m, r := w.Draft(t, b)
	thing := authors.Thing{Kind: authors.Template, ID: int64(foot.ID), Version: 1}
	parts := authors.NewStore(w.DB)
	found, err := parts.Of(t.Context(), w.Label.ID, thing)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Coen Mara" || len(found) != 1 {
		t.Fatalf("authors are %q, parts %+v", got, found)
	}
	_, err = parts.Approve(approvaltest.As(w.Third), w.Label.ID, thing, []authors.Hash{found[0].Hash}, w.Third.ID)
	must(t, err)
	if got := teamOf(t, w, r.ID); got != "Mara" {
		t.Errorf("approved alone, and authors are %q", got)
	}
	w.ApproveClient(t, w.Submit(t, m, r))
	_, err = templates.NewStore(w.DB).Update(approvaltest.As(w.Colleague), foot.ID, func(t *templates.Template) error {
		t.Source = strings.Replace(t.Source, "Tot ziens", "Casino", 1)
		return nil
	})
	must(t, err)
	content, err := w.Mailings.Content(t.Context(), r.ID)
	must(t, err)
	program, _, changed, err := content.Compile(t.Context(), w.Compiler)
	must(t, err)
	mail, err := program.Preview(0, program.Sample(nil), templates.DeadURLs{Base: "https://m.example"})
	if err != nil || changed || !strings.Contains(mail.Text, "Tot ziens.") || strings.Contains(mail.HTML, "Casino") {
		t.Errorf("changed %v, %v: %s", changed, err, mail.Text)
	}
	next := edit(t, w, w.Maker, m, r.ID, b)
	if next.Digest == r.Digest {
		t.Error("another partial has the same digest")
	}
	if got := teamOf(t, w, next.ID); got != "Coen Mara" {
		t.Errorf("the changed bytes have authors %q", got)
	}
}

func partial(t *testing.T, w *approvaltest.World, by accounts.User, name, source string) templates.Template {
	t.Helper()
	made, err := templates.NewStore(w.DB).Create(approvaltest.As(by), templates.Template{
		LabelID: w.Label.ID, Kind: templates.Partial, Name: name, Format: templates.MJML, Source: source,
	})
	must(t, err)
	return made
}

// including is a mail that holds the law and a partial template.
func including(name string) string {
	return `<mjml><mj-body><mj-include path="` + name + `" /><mj-section><mj-column><mj-text>{{placements}}</mj-text><mj-text>` +
		`{{label.imprint}}<br><a href="{{unsubscribe_url}}">Afmelden</a></mj-text></mj-column></mj-section></mj-body></mjml>`
}
