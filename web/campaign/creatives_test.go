package campaign_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"keur/campaigns"
	"keur/internal/paging"
	"keur/web/webtest"
)

// picture is a PNG of one colour.
func picture(t *testing.T, width, height int, c color.Color) string {
	t.Helper()
	drawn := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		drawn.Set(i%width, i/width, c)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, drawn); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestSeveralImagesAtOnce: each is called by its file's name unless one says
// otherwise; what no mail shows is named, and keeps nothing else out. A copy is cut
// from one.
func TestSeveralImagesAtOnce(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	s := d.As("planner")
	path := "/campaigns/" + webtest.Itoa(d.Campaign.ID)
	uses := func() map[string]campaigns.Material {
		t.Helper()
		all, err := d.Deps.Creatives.List(t.Context(), campaigns.MaterialFilter{Campaign: d.Campaign.ID}, paging.Ask{Limit: 60})
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]campaigns.Material{}
		for _, m := range all.Items {
			found[m.Alt] = m
		}
		return found
	}
	before := len(uses())
	r := s.Files(path+"/creatives", url.Values{"alt": {""}}, map[string]string{
		"file/zomer_op-texel.png": picture(t, 90, 30, color.Black), "file/rust.png": picture(t, 40, 40, color.White),
		"file/IMG_1.HEIC": "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00",
	})
	if r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "IMG_1.HEIC: ") ||
		!strings.Contains(r.Body, "save it as a JPEG") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	found := uses()
	wide, taken := found["zomer op texel"]
	if _, other := found["rust"]; !taken || !other || len(found) != before+2 {
		t.Fatalf("taken: %v", found)
	}
	cut := path + "/creatives/" + wide.Hash.String() + "/cut"
	if r := s.Post(cut, url.Values{"shape": {"1:1"}, "width": {"31"}}); r.Status != http.StatusUnprocessableEntity ||
		!strings.Contains(r.Body, "at most 30") {
		t.Errorf("larger than it is: %d", r.Status)
	}
	if r := s.Post(cut, url.Values{"shape": {"1:1"}, "width": {"20"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	if page := s.Get(path).Body; !strings.Contains(page, "20 × 20") || !strings.Contains(page, "90 × 30") {
		t.Errorf("the copy isn't beside what it is of: %s", page)
	}
	if r := s.Post(path+"/creatives/"+strings.Repeat("0", 64)+"/cut", url.Values{"width": {"20"}}); r.Status != http.StatusNotFound {
		t.Errorf("of what the campaign doesn't have: %d", r.Status)
	}
	w := d.Browse("planner", webtest.Phone)
	w.Open(path)
	w.Shoot("campaign-images-phone")
	w.Whole("campaign")
}
