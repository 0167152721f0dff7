package mjml

import (
	"context"
	"strings"
	"testing"

	"keur/internal/fault"
)

func TestConvert(t *testing.T) {
	t.Parallel()
	e := NewEngine(2)
	html, faults, err := e.Convert(t.Context(), "<mjml><mj-body><mj-section><mj-column>\n<mj-text>Hé <b>a</b></mj-text>\n<mj-button href=\"https://x.nl/?a=1&amp;b=\uE0001\uE001\">Go</mj-button></mj-column></mj-section></mj-body></mjml>")
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	for _, want := range []string{"Hé <b>a</b>", "https://x.nl/?a=1&amp;b=\uE0001\uE001", "<!--[if mso"} {
		if !strings.Contains(html, want) {
			t.Errorf("lacks %q:\n%s", want, html)
		}
	}
}

func TestConvertSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	e := NewEngine(1)
	_, faults, err := e.Convert(t.Context(), "<mjml><mj-body>\n<mj-section>\n<mj-column colour=\"red\"><mj-nonsense/></mj-column></mj-section></mj-body></mjml>")
	if err != nil {
		t.Fatal(err)
	}
	if len(faults) < 2 || faults[0].Line != 3 {
		t.Errorf("got %+v", faults)
	}
	for _, source := range []string{"", "hello", "<p>hello</p>", "<mjml>", "<mjml><mj-body>"} {
		html, faults, err := e.Convert(t.Context(), source)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", source, err)
		}
		t.Logf("%q: %d bytes, %v, %v", source, len(html), faults, err)
	}
}

func TestConvertReadsNoFiles(t *testing.T) {
	t.Parallel()
	html, faults, err := NewEngine(1).Convert(t.Context(), `<mjml><mj-body><mj-include path="/etc/passwd" /><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-body></mjml>`)
	if strings.Contains(html, "root:") {
		t.Error("a file was read")
	}
	t.Log(faults, err)
}

func TestConvertEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := NewEngine(1).Convert(ctx, "<mjml><mj-body></mj-body></mjml>"); err == nil {
		t.Error("a cancelled conversion went on")
	}
}
