package public_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/approval"
	"keur/approval/approvaltest"
)

// TestTheClientWhoIsntAskedAgainObjects: their link shows what they approved when and
// what changed since, takes no second approval, and takes an objection.
func TestTheClientWhoIsntAskedAgainObjects(t *testing.T) {
	t.Parallel()
	s, _ := approvaltest.NewNewsletter(t)
	s.Brief.Placements[1].Heading = "Bakfietsen van Fietshuis"
	d := newClientServerOver(t, s.World, s.Put(t))
	page := d.get(d.path).Body.String()
	for _, want := range []string{
		"Je keurde jouw deel goed op maandag 23 november 2026", "Sindsdien is alleen veranderd", "dinsdag 24 november 2026, 10:00",
		"<del>Fietsen van Fietshuis</del>", "<ins>Bakfietsen van Fietshuis</ins>", "Bezwaar maken kan tot dinsdag 24 november",
		"Winterzon van Zonvakantie",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page doesn't say %q", want)
		}
	}
	if strings.Contains(page, `value="approve"`) || strings.Contains(page, "Graag voor") {
		t.Error("the page asks for an approval")
	}
	digest := d.round.Digest.String()
	for name, c := range map[string]struct {
		form url.Values
		want int
	}{
		"no reason":     {url.Values{"digest": {digest}, "verdict": {"changes"}}, http.StatusBadRequest},
		"approve again": {url.Values{"digest": {digest}, "verdict": {"approve"}}, http.StatusConflict},
	} {
		if answer := d.post(c.form); answer.Code != c.want || d.verdict(t) != approval.Carried {
			t.Errorf("%s: %d, and it is %s", name, answer.Code, d.verdict(t))
		}
	}
	objection := url.Values{"digest": {digest}, "verdict": {"changes"}, "reason": {"Niet naast bakfietsen."}}
	if answer := d.post(objection); answer.Code != http.StatusOK {
		t.Errorf("the objection answers %d", answer.Code)
	}
	if v := d.verdict(t); v != approval.ChangesRequested {
		t.Errorf("it is %s", v)
	}
	again := d.get(d.path).Body.String()
	if !strings.Contains(again, "Niet naast bakfietsen.") || strings.Contains(again, "Bezwaar maken") {
		t.Error("the objection isn't read again, or may be made again")
	}
}
