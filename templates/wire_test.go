package templates

import (
	"bytes"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"keur/internal/fault"
)

// checkWire checks what RFC 5322 and 2045 ask of every line.
func checkWire(t *testing.T, raw []byte) {
	t.Helper()
	if !bytes.HasSuffix(raw, []byte("\r\n")) {
		t.Errorf("the message ends in %q", raw[max(0, len(raw)-10):])
	}
	for i, line := range bytes.Split(raw, []byte("\r\n")) {
		if len(line) > 78 {
			t.Errorf("line %d has %d octets: %s", i, len(line), line)
		}
		if bytes.ContainsAny(line, "\r\n") {
			t.Errorf("line %d holds a bare line end: %q", i, line)
		}
		if bytes.HasPrefix(line, []byte(".")) {
			t.Errorf("line %d begins with a point: %q", i, line)
		}
		for _, c := range line {
			if c >= 0x7F || c < ' ' && c != '\t' {
				t.Errorf("line %d holds byte %#x: %q", i, c, line)
			}
		}
	}
}

func FuzzQuoted(f *testing.F) {
	for _, s := range []string{
		"", "a", "a b", "a ", " \n", ".", "..\n.a", "From here", "a=b", "é", "😀", strings.Repeat("x", 75), strings.Repeat("x", 76),
		strings.Repeat("x", 77), strings.Repeat("x", 75) + "\n", strings.Repeat("x", 76) + "\n", strings.Repeat("é", 40),
		strings.Repeat("x", 75) + ".a", "a\n\nb\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ReplaceAll(s, "\r", "")
		encoded := appendQuoted(nil, []byte(s))
		for line := range strings.SplitSeq(string(encoded), "\r\n") {
			if len(line) > 76 || strings.ContainsAny(line, "\r\n") || strings.HasPrefix(line, ".") || strings.HasPrefix(line, "From ") ||
				strings.HasSuffix(line, " ") || strings.HasSuffix(line, "\t") {
				t.Errorf("%q has the line %q", s, line)
			}
		}
		if len(encoded) > 0 && !bytes.HasSuffix(encoded, []byte("\r\n")) {
			t.Errorf("%q doesn't end its line: %q", s, encoded)
		}
		decoded, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(encoded)))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(string(decoded), "\r\n", "\n"); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
		joined := append(encoded, appendQuoted(nil, []byte("next\n"))...)
		decoded, _ = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(joined)))
		if got := strings.ReplaceAll(string(decoded), "\r\n", "\n"); got != s+"next\n" {
			t.Errorf("%q can't be followed: %q", s, got)
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"<p>{{member.first_name}}</p>", "{{if member.vip}}a{{else}}b{{end}}", "<a href='https://a.nl/?a=1&amp;b=2#c'>x</a>", "{{", "}}",
		"<",
		"<!--[if mso]>{{label.name}}<![endif]-->", "<a href=", "<table>{{if member.vip}}<tr><td>a{{end}}</table>", "<!--",
		"<style>{{label.accent}}", "<style>{", "<style>{color:red} a,,b{color:red}",
		"<title>{{member.first_name}}</title>", "<textarea>{{member.first_name}}", "<plaintext>{{label.name}}",
		"<svg><a href='https://x.nl'>{{voucher}}",
		"{{if member.points > 3}}<b>{{end}}</b>", "<table>{{if member.vip}}<b>{{end}}</b></table>",
		"<p hidden>{{if member.vip}}</p>{{else}}{{end}}",
		"<title>{{if member.vip}}</title>{{end}}", "<select>{{if member.vip}}<option>{{end}}</select>",
		"<frameset>{{if member.vip}}{{end}}", "\uE0001\uE001", "<a\n\nhref\n=\n'https://a.nl'>", "<p a=\"{{if member.vip}}\">{{end}}",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) { checkMailing(t, input(source)) })
}

// FuzzMJML compiles any MJML, of which facts of the label become a part.
func FuzzMJML(f *testing.F) {
	for _, s := range []string{
		Starters()[0].Source, "<mjml><mj-body>{{placements}}</mj-body></mjml>",
		"<mjml><mj-body>{{if member.vip}}<mj-section/>{{end}}</mj-body></mjml>",
		"<mjml><mj-body><mj-section><mj-column>{{member.first_name}}<mj-text " +
			"color='{{label.accent}}'>{{label.name}}</mj-text></mj-column></mj-section></mj-body></mjml>",
		"<mjml><mj-body><mj-section><mj-column><mj-button href='{{label.public_url}}'>x{{else}}</mj-button>", "{{label.name}}<mjml>",
		"<mjml><!-- {{if}} --><mj-body></mj-wrapper>",
	} {
		f.Add(s, "Zuinig")
	}
	f.Add("<mjml><mj-body><mj-section><mj-column><mj-text "+
		"css-class='{{label.name}}'>x</mj-text></mj-column></mj-section></mj-body></mjml>", "\uE0009\uE001")
	f.Fuzz(func(t *testing.T, source, name string) {
		in := input(source[:min(len(source), 4000)])
		in.Format, in.Label.Name, in.Placements = MJML, name[:min(len(name), 100)], []Placement{travel()}
		begin := time.Now()
		checkMailing(t, in)
		if took := time.Since(begin); took > time.Minute { // MJML has half of that
			t.Errorf("%q took %s", source, took)
		}
	})
}

// checkMailing compiles a mailing. What compiles is rendered for members with
// odd values, and comes out as mail.
func checkMailing(t *testing.T, in Input) {
	t.Helper()
	p, findings, err := compiler().Compile(t.Context(), in)
	for _, f := range findings {
		if f.Message.IsZero() || f.Line < 0 || f.Line > strings.Count(in.Source, "\n")+strings.Count(in.Source, "\r")+1 && f.Part == "" {
			t.Errorf("%q: the finding %+v stands nowhere", in.Source, f)
		}
	}
	if err != nil {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", in.Source, err)
		}
		return
	}
	for _, values := range []map[string]string{nil, {"first_name": "<é.nl>", "points": "5", "vip": "true", "interests": "[",
		"birth_date": "x"}} {
		shown, err := p.Preview(0, p.Sample(values), DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		checkWire(t, shown.Raw)
		if !utf8.ValidString(shown.HTML) || !utf8.ValidString(shown.Text) {
			t.Error("not UTF-8")
		}
		if strings.ContainsAny(shown.HTML+shown.Text, "\uE000\uE001") {
			t.Errorf("a mark is left in %q", shown.HTML)
		}
	}
}
