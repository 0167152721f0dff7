package approval_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keur/approval/approvaltest"
	"keur/templates"
	"keur/web/webtest"
)

var seenPart = regexp.MustCompile(`name="seen" value="([0-9a-f]{64})"`)

// TestPartsAreApprovedAsShown: an approver approves a template alone by the bytes
// on the page, and sees afterwards what changed since.
func TestPartsAreApprovedAsShown(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	store := templates.NewStore(d.World.DB)
	made, err := store.Create(approvaltest.As(d.Maker), templates.Template{
		LabelID: d.Label.ID, Name: "Basis", Format: templates.HTML, Source: "<p>eerste regel</p>\n{{placements}}",
	})
	if err != nil {
		t.Fatal(err)
	}
	path := "/templates/" + webtest.Itoa(made.ID)
	approver := d.As("approver")
	if page := approver.Get(path).Body; !strings.Contains(page, path+"/approve") {
		t.Error("the template's page doesn't lead there")
	}
	page := approver.Get(path + "/approve").Body
	seen := seenPart.FindStringSubmatch(page)
	if seen == nil || !strings.Contains(page, "&lt;p&gt;eerste regel&lt;/p&gt;") || !strings.Contains(page, "Approved by nobody yet.") {
		t.Fatalf("the page shows %s", page)
	}
	forged := url.Values{"seen": {strings.Repeat("ab", 32)}}
	if r := approver.Post(path+"/approve", forged); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("by other bytes: %d", r.Status)
	}
	approver.Post(path+"/approve", url.Values{"seen": {seen[1]}})
	if page = approver.Get(path + "/approve").Body; strings.Contains(page, "Approved by nobody yet.") {
		t.Errorf("approved, the page shows %s", page)
	}
	if _, err := store.Update(approvaltest.As(d.Maker), made.ID, func(now *templates.Template) error {
		now.Source = "<p>andere regel</p>\n{{placements}}"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	page = approver.Get(path + "/approve").Body
	for _, want := range []string{"<del>&lt;p&gt;eerste regel&lt;/p&gt;</del>", "<ins>&lt;p&gt;andere regel&lt;/p&gt;</ins>"} {
		if !strings.Contains(page, want) {
			t.Errorf("changed, the page doesn't show %q: %s", want, page)
		}
	}
}
