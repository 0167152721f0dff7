package web_test

import (
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keur/internal/links"
	"keur/templates"
	"keur/templates/markup"
	"keur/web/webtest"
)

// piecesOfAddresses are what the links of affiliate networks are made of, and
// what people paste into them.
var piecesOfAddresses = strings.Split(`&currency=EUR|&region=nl|&copy=1|&copy|&copy;|&amp;x=1|&ampx|&amp=|&lt=3|&notin=1|`+
	`&notit;|&not=|&para9|&sect-|&reg%20|&#38;|&#x26|&#0;|&#128;|&#99999999999;|&;|&&|&|;v=2|%|%2|%-korting|%2F|%zz|%C3%A9|é|ü=ß|😀|日本|'|"|<b>|>|\|/../|/./|//|`+
	"^|[x]|{x}|`|~|@|:|,|+| |  |\u00A0|\u200D|\t|\n|#top|?|=|/p", "|")

// TestChromiumArrivesWhereWeLead follows thousands of links as a browser reads
// them in a page, and as we lead on who clicks them in a mail.
func TestChromiumArrivesWhereWeLead(t *testing.T) {
	t.Parallel()
	const batches, batch = 8, 450
	random := rand.New(rand.NewPCG(1, 2))
	var page strings.Builder
	var ours []string
	compiler := templates.NewCompiler(time.Hour)
	for range batches {
		var source strings.Builder
		for range batch {
			address := fmt.Sprintf("https://shop%d.example/", random.IntN(9))
			for range 1 + random.IntN(8) {
				address += piecesOfAddresses[random.IntN(len(piecesOfAddresses))]
			}
			switch random.IntN(3) {
			case 0:
				fmt.Fprintf(&source, `<a href="%s">x</a>`, strings.ReplaceAll(address, `"`, "&quot;"))
			case 1:
				fmt.Fprintf(&source, `<a href='%s'>x</a>`, strings.ReplaceAll(address, "'", "&#39;"))
			default:
				fmt.Fprintf(&source, `<a href="%s">x</a>`, html.EscapeString(address))
			}
		}
		page.WriteString(source.String())
		program, findings, err := compiler.Compile(t.Context(), templates.Input{
			Format: templates.HTML, Source: source.String(), Subjects: []templates.Subject{{Key: "a", Text: "x"}},
			Label: templates.Label{Name: "x", Locale: "nl", PublicURL: "https://t.example"},
		})
		if err != nil {
			t.Fatal(err, findings)
		}
		for _, l := range program.Links {
			ours = append(ours, l.URL)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page.String()))
	}))
	defer server.Close()
	w := webtest.Stranger(t, server.URL, webtest.Desktop)
	leads := make([]string, len(ours))
	for i, target := range ours {
		leads[i] = string(links.AppendTarget(nil, target, "", nil))
	}
	read := func(js string) []string { return webtest.See(w, chromedp.Evaluate[[]string](js)) }
	w.Do(chromedp.Navigate(server.URL))
	written := read(`[...document.links].map(a => a.getAttribute("href"))`)
	arrives := read(`[...document.links].map(a => a.href)`)
	led := read(fmt.Sprintf(`%s.map(a => new URL(a).href)`, asJSON(leads)))
	if len(written) != batches*batch || len(ours) != len(written) {
		t.Fatalf("of %d links Chromium reads %d, and we %d", batches*batch, len(written), len(ours))
	}
	for i := range written {
		if markup.Address(html.EscapeString(written[i])) != ours[i] {
			t.Errorf("Chromium reads %q, and we %q", written[i], ours[i])
		}
		if arrives[i] != led[i] {
			t.Errorf("%q: Chromium goes to %s, and we lead to %s", written[i], arrives[i], led[i])
		}
		if parsed, err := links.Parse(ours[i]); err != nil || !strings.HasPrefix(arrives[i], "https://"+parsed.Host+"/") {
			t.Errorf("Chromium goes to %s, and we check %v, %v", arrives[i], parsed, err)
		}
	}
}

func asJSON(texts []string) string {
	encoded, _ := json.Marshal(texts) // texts are never refused
	return string(encoded)
}
