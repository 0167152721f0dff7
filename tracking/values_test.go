package tracking_test

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"keur/templates"
	"keur/tracking"
)

// TestValuesTravelSealed: they come back as they were, in equal addresses for
// equal mails, and nobody on their way reads them.
func TestValuesTravelSealed(t *testing.T) {
	t.Parallel()
	r, random := ring(t, newSecret), rand.New(rand.NewPCG(1, 1))
	urls := tracking.Links{Ring: r, Base: "https://label.example", Send: 12, Member: 34}
	for size := 1; size < 3000; size = size*2 + 1 {
		values := make([]byte, size)
		for i := range values {
			values[i] = byte(random.UintN(256))
		}
		url := string(urls.AppendLink([]byte("x"), 56, values))
		again := string(urls.AppendLink([]byte("x"), 56, bytes.Clone(values)))
		ref, got, ok := r.ParseClick(strings.TrimPrefix(url, "xhttps://label.example/c/"))
		if !ok || !bytes.Equal(got, values) || ref != (tracking.Ref{Kind: tracking.Click, Send: 12, Member: 34, Link: 56}) || url != again {
			t.Fatalf("%s names %+v with %x, %v", url, ref, got, ok)
		}
		dead := templates.DeadURLs{Base: "https://label.example"}.AppendLink(nil, 0, values)
		if len(dead)-len(url) > 4 || len(url)-len(dead) > 4 {
			t.Errorf("a preview has %d bytes for %d", len(dead), len(url))
		}
	}
	url := string(urls.AppendLink(nil, 1, []byte("\x0asanne@x.nl")))
	if other := string(urls.AppendLink(nil, 1, []byte("\x0asanne@x.ni"))); other[:90] == url[:90] || strings.Contains(url, "sanne") {
		t.Errorf("%s tells of what it holds beside %s", url, other)
	}
}

// TestForgedValuesAreRefused: neither changed, shortened nor moved to another
// link or member, and by no key that is gone.
func TestForgedValuesAreRefused(t *testing.T) {
	t.Parallel()
	r := ring(t, newSecret)
	path := func(member int64, link int, values string) string {
		urls := tracking.Links{Ring: r, Send: 1, Member: member}
		return strings.TrimPrefix(string(urls.AppendLink(nil, link, []byte(values))), "/c/")
	}
	whole := path(2, 3, "\x05sanne")
	token, sealed, _ := strings.Cut(whole, "/")
	forged := []string{token + "/", whole + "A", whole + "/", token + "//" + sealed, token + "/" + sealed[:4], token + "/" + sealed[:23]}
	for i := range sealed {
		for _, c := range []byte("Aa0_-=") {
			if sealed[i] != c {
				forged = append(forged, token+"/"+sealed[:i]+string(c)+sealed[i+1:])
			}
		}
	}
	for _, other := range []string{path(2, 4, "\x05sanne"), path(3, 3, "\x05sanne")} {
		_, sealed, _ := strings.Cut(other, "/")
		forged = append(forged, token+"/"+sealed)
	}
	for _, path := range forged {
		if _, values, ok := r.ParseClick(path); ok {
			t.Errorf("%s brings %q", path, values)
		}
	}
	if _, values, ok := ring(t, oldSecret, newSecret).ParseClick(whole); !ok || string(values) != "\x05sanne" {
		t.Error("values outlive no rotation")
	}
	if _, _, ok := ring(t, oldSecret).ParseClick(whole); ok {
		t.Error("values of a key that is gone were taken")
	}
}
