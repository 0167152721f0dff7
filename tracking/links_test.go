package tracking_test

import (
	"strings"
	"testing"

	"keur/templates/lang"
	"keur/tracking"
)

func TestLinksAreThoseOfTheMember(t *testing.T) {
	r := ring(t, newSecret)
	var urls lang.URLs = &tracking.Links{Ring: r, Base: "https://label.example", Send: 12, Member: 34}
	pixel := string(urls.AppendPixel(nil))
	for kind, url := range map[tracking.Kind]string{
		tracking.Click:       string(urls.AppendLink(nil, 56, nil)),
		tracking.Open:        strings.TrimSuffix(pixel, ".gif"),
		tracking.Unsubscribe: string(urls.AppendUnsubscribe(nil)),
		tracking.Preferences: string(urls.AppendPreferences(nil)),
		tracking.View:        string(urls.AppendView(nil)),
	} {
		token, found := strings.CutPrefix(url, "https://label.example/"+kind.String()[:1]+"/")
		ref, ok := r.Parse(kind, token)
		if !found || !ok || ref.Send != 12 || ref.Member != 34 || (kind == tracking.Click) != (ref.Link == 56) {
			t.Errorf("%s names %+v, %v", url, ref, ok)
		}
	}
	buffer := make([]byte, 0, 256)
	if n := testing.AllocsPerRun(100, func() { urls.AppendPixel(urls.AppendLink(buffer, 3, nil)) }); n != 0 {
		t.Errorf("making links allocates %v times", n)
	}
}
