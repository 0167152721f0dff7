package templates

import (
	"strings"
	"testing"

	"keur/templates/faces"
)

func TestFacesMarkStandardTexts(t *testing.T) {
	t.Parallel()
	in := input(`<html><body><p>Dag {{member.first_name | default "<lid>"}}</p><p title='{{member.points | default "geen"}}'>` +
		`{{if member.points > 7}}casino{{else}}decent{{end}}</p>` + seen + "</body></html>")
	p := compile(t, in)
	all, err := faces.Of(p.Outline, nil, nil)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	digests := map[[32]byte]bool{}
	for i, word := range []string{"casino", "decent"} {
		f := all[i]
		v, err := p.Face(f.Variant, f.Values, in.Label.PublicURL, "of")
		if err != nil || !strings.Contains(v.HTML, word) || !strings.Contains(v.Text, word) {
			t.Errorf("%s\n%s\n%v", v.HTML, v.Text, err)
		}
		if !strings.Contains(v.HTML, "Robin") || !strings.Contains(v.HTML, "of &lt;lid&gt;") ||
			!strings.Contains(v.Text, "Robin [of <lid>]") {
			t.Errorf("%s\n%s", v.HTML, v.Text)
		}
		if len(v.Defaults) != 2 || v.Defaults[1] != (DefaultedText{"member.points", "geen"}) {
			t.Errorf("%+v", v.Defaults)
		}
		digest, err := p.FaceDigest(f.Variant, f.Values, in.Label.PublicURL)
		if digests[digest] = true; digest != v.Digest || err != nil {
			t.Errorf("two digests of one face: %v", err)
		}
	}
	if len(digests) != 2 {
		t.Error("two faces have one digest")
	}
}
