package templates

import (
	"fmt"
	"strings"
	"testing"

	"keur/templates/lang"
)

// tenOffers returns about 20 KB of HTML with ten links and some of the
// member's data.
func tenOffers() Input {
	var b strings.Builder
	b.WriteString(`<!doctype html><html><head><title>x</title></head><body style="margin:0"><p>Dag {{member.first_name | default "lid"}},</p>`)
	for i := range 10 {
		fmt.Fprintf(&b, `<table role="presentation" width="100%%"><tr><td style="padding:20px"><h2>Aanbieding %d</h2><p>%s</p><a href="https://shop%d.nl/actie?utm_source=mail&amp;id=%d" style="color:#fff">Bekijk</a></td></tr></table>`,
			i, strings.Repeat("Een weekend weg voor weinig geld, met ontbijt en een wandeling. ", 27), i, i)
	}
	b.WriteString(`{{if member.points > 100}}<p>Je hebt {{member.points | number}} punten.</p>{{end}}` + footer + `</body></html>`)
	in := input(b.String())
	in.Preheader = "Tien weekenden weg"
	return in
}

// tokenURLs stands for tracking: a token of 34 characters.
type tokenURLs struct{}

func (tokenURLs) append(dst []byte) []byte {
	return append(dst, "https://acties.zuinig.nl/c/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh"...)
}
func (u tokenURLs) AppendLink(dst []byte, _ int, _ []byte) []byte { return u.append(dst) }
func (u tokenURLs) AppendPixel(dst []byte) []byte                 { return u.append(dst) }
func (u tokenURLs) AppendHoneypot(dst []byte) []byte              { return u.append(dst) }
func (u tokenURLs) AppendUnsubscribe(dst []byte) []byte           { return u.append(dst) }
func (u tokenURLs) AppendPreferences(dst []byte) []byte           { return u.append(dst) }
func (u tokenURLs) AppendView(dst []byte) []byte                  { return u.append(dst) }

func BenchmarkAppendBody(b *testing.B) {
	p, _, err := compiler().Compile(b.Context(), tenOffers())
	if err != nil {
		b.Fatal(err)
	}
	r := p.Sample(map[string]string{"first_name": "Willemijn", "points": "1250"})
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = p.AppendSubject(dst[:0], 0, r)
		dst = p.AppendBody(dst, r, tokenURLs{})
	}
	b.SetBytes(int64(len(dst)))
}

func BenchmarkCompile(b *testing.B) {
	c, in := compiler(), tenOffers()
	for b.Loop() {
		if _, _, err := c.compile(b.Context(), in); err != nil {
			b.Fatal(err)
		}
	}
}

func TestAppendBodyHardlyAllocates(t *testing.T) {
	p := compile(t, tenOffers())
	r := p.Sample(map[string]string{"first_name": "Willemijn", "points": "1250"})
	dst := make([]byte, 0, 128<<10)
	var urls lang.URLs = tokenURLs{}
	if n := testing.AllocsPerRun(100, func() {
		dst = p.AppendSubject(dst[:0], 0, r)
		dst = p.AppendBody(dst, r, urls)
	}); n > 8 { // for a number with its signs, whatever the length of the mail; the race detector costs some more
		t.Errorf("a member costs %v allocations", n)
	}
}
