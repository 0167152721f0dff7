package mjml

import (
	"context"
	"strings"
	"testing"
	"time"

	"keur/internal/fault"
)

// forever is longer than any conversion takes, on however busy a machine.
const forever = time.Hour

const newsletter = "<mjml><mj-body><mj-section><mj-column>\n<mj-text>Hé <b>a</b></mj-text>\n" +
	"<mj-button href=\"https://x.nl/?a=1&amp;b=\uE0001\uE001\">Go</mj-button></mj-column></mj-section></mj-body></mjml>"

func TestConvert(t *testing.T) {
	t.Parallel()
	e := NewEngine(2, forever)
	if err := e.Warm(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time by the machine that is kept
		html, faults, err := e.Convert(t.Context(), newsletter)
		if err != nil || len(faults) > 0 {
			t.Fatal(err, faults)
		}
		for _, want := range []string{"Hé <b>a</b>", "https://x.nl/?a=1&amp;b=\uE0001\uE001", "<!--[if mso"} {
			if !strings.Contains(html, want) {
				t.Errorf("lacks %q:\n%s", want, html)
			}
		}
		if len(e.idle) != 1 {
			t.Errorf("%d machines are kept", len(e.idle))
		}
	}
}

func TestConvertSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	e := NewEngine(1, forever)
	_, faults, err := e.Convert(t.Context(), "<mjml><mj-body>\n<mj-section>\n<mj-column "+
		"colour=\"red\"><mj-nonsense/></mj-column></mj-section></mj-body></mjml>")
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) < 2 || faults[0].Line != 3 || faults[0].Message == "" || faults[0].Tag == "" {
		t.Errorf("got %+v", faults)
	}
	for _, source := range []string{"", "hello", "<p>hello</p>"} {
		if _, _, err := e.Convert(t.Context(), source); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", source, err)
		}
	}
}

func TestConvertReadsNoFiles(t *testing.T) {
	t.Parallel()
	html, _, err := NewEngine(1, forever).Convert(t.Context(), `<mjml><mj-body><mj-include path="/etc/passwd" /><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-body></mjml>`)
	if err != nil || strings.Contains(html, "root:") || !strings.Contains(html, ">a<") {
		t.Errorf("%v\n%s", err, html)
	}
}

func TestConvertEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := NewEngine(1, forever)
	if _, _, err := e.Convert(ctx, newsletter); err == nil || fault.Is(err, fault.Invalid) {
		t.Errorf("a cancelled conversion: %v", err)
	}
	if len(e.idle) != 0 {
		t.Error("a machine that was interrupted is kept")
	}
	_, _, err := NewEngine(1, 0).Convert(t.Context(), newsletter)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "takes too long") {
		t.Errorf("a conversion that took too long: %v", err)
	}
}

// TestConvertOfAnyDepthOrSize: whatever the source, there is HTML or a fault that
// a person can read, and the next conversion is as it was.
func TestConvertOfAnyDepthOrSize(t *testing.T) {
	t.Parallel()
	e := NewEngine(1, forever)
	want, _, err := e.Convert(t.Context(), newsletter)
	if err != nil {
		t.Fatal(err)
	}
	column := func(inner string) string {
		return "<mjml><mj-body><mj-section><mj-column>" + inner + "</mj-column></mj-section></mj-body></mjml>"
	}
	nested := func(open, end string, depth int) string {
		return strings.Repeat(open, depth) + "x" + strings.Repeat(end, depth)
	}
	for name, source := range map[string]string{
		"sections": "<mjml><mj-body>" + nested("<mj-section>", "</mj-section>", 3000) + "</mj-body></mjml>",
		"wrappers": "<mjml><mj-body>" +
			nested("<mj-wrapper><mj-section><mj-column>", "</mj-column></mj-section></mj-wrapper>", 1000) + "</mj-body></mjml>",
		"unclosed": "<mjml><mj-body>" + strings.Repeat("<mj-section>", 3000),
		"text":     column("<mj-text>" + nested("<b>", "</b>", 1000) + "</mj-text>"),
		"raw":      column("<mj-raw>" + nested("<p>", "</p>", 5000) + "</mj-raw>"),
		"roots":    nested("<mjml>", "</mjml>", 3000),
		"heads":    "<mjml><mj-head>" + nested("<mj-attributes>", "</mj-attributes>", 3000) + "</mj-head><mj-body></mj-body></mjml>",
		"wide":     column(strings.Repeat("<mj-text>x</mj-text>", 1000)),
		"large":    column("<mj-text>" + strings.Repeat("x", 255<<10) + "</mj-text>"),
		"grows": "<mjml><mj-head><mj-attributes><mj-text css-class='" + strings.Repeat("x", 20_000) +
			"'/></mj-attributes></mj-head><mj-body><mj-section><mj-column>" + strings.Repeat("<mj-text>x</mj-text>", 400) +
			"</mj-column></mj-section></mj-body></mjml>",
	} {
		html, _, err := e.Convert(t.Context(), source)
		if err != nil && !fault.Is(err, fault.Invalid) || err == nil && (html == "" || len(html) > maxMarkup) {
			t.Errorf("%s: %d bytes, %v", name, len(html), err)
		}
	}
	if again, _, err := e.Convert(t.Context(), newsletter); err != nil || again != want {
		t.Errorf("the next conversion: %v", err)
	}
}

// FuzzConvert converts anything: it ends, refuses what isn't MJML as a
// person can read, and leaves nothing behind that changes the next conversion.
func FuzzConvert(f *testing.F) {
	for _, s := range []string{
		newsletter, "", "<mjml>", "<mjml><mj-body>",
		"<mjml><mj-head><mj-style>a{b:c}</mj-style><mj-attributes><mj-all padding='0'/></mj-attributes></mj-head><mj-body/></mjml>",
		"<mjml><mj-body><mj-section><mj-column><mj-image src='x'/><mj-raw><!-- --></mj-raw><mj-table><tr><td>a</table>",
		"<mjml><mj-body><mj-include path='x'/></mj-body></mjml>",
		"<mjml><mj-body><mj-hero><mj-text>{{a}}</mj-text></mj-hero><mj-wrapper/>" +
			"<mj-carousel/><mj-navbar/><mj-social/></mj-body></mjml>",
		"<mjml><mj-body width='x'><mj-section background-url='('>",
	} {
		f.Add(s)
	}
	e := NewEngine(1, forever)
	want, _, err := e.Convert(f.Context(), newsletter)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, source string) {
		html, faults, err := e.Convert(t.Context(), source[:min(len(source), 4000)])
		if err != nil && (!fault.Is(err, fault.Invalid) || html != "" || faults != nil) {
			t.Errorf("%q: %v", source, err)
		}
		if len(html) > 2000*(len(source)+100) {
			t.Errorf("%d bytes came of %q", len(html), source)
		}
		if again, _, err := e.Convert(t.Context(), newsletter); err != nil || again != want {
			t.Errorf("after %q the next is converted to\n%s, %v", source, again, err)
		}
	})
}
