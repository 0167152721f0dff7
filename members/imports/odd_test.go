package imports

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"keur/internal/fault"
)

// Files as people and tools make them that follow no book: whoever left by what
// they say isn't mailable, and where nobody can tell, the import asks.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	d, n := newDesk(t), 0
	for name, c := range map[string]struct {
		content, names, want string // want: how they stand, or after "asks " what the import says
	}{
		"a title, an empty line and a date above the header": {
			"Ledenbestand;;\nGemaakt op 21-11-2026;;\n;;\nE-mail;Status;\na@x.nl;actief;\nb@x.nl;afgemeld;\n", "", "asks Ledenbestand"},
		"totals below": {"E-mail;Afgemeld\na@x.nl;nee\nb@x.nl;ja\nTotaal;2\n;\n", "a b", "a: yes, b: - unsubscribe"},
		"a header of several lines": {"\"E-mail\nadres\";\"Afgemeld\n(ja/nee)\"\na@x.nl;nee\nb@x.nl;ja\n", "",
			"asks Afgemeld"},
		"a header twice, which disagree": {"email;nieuwsbrief;nieuwsbrief\na@x.nl;ja;ja\nb@x.nl;ja;nee\n", "", "asks nieuwsbrief"},
		"two consents, which disagree":   {"email;opt-in;newsletter\na@x.nl;ja;ja\nb@x.nl;ja;nee\n", "", "asks newsletter"},
		"a status twice": {"email;status;status\na@x.nl;active;active\nb@x.nl;active;unsubscribed\n", "",
			"asks status (2)"},
		"numbers as programs of figures write them": {"email,opt_out\na@x.nl,0.0\nb@x.nl,1.0\n", "a b", "a: yes, b: - unsubscribe"},
		"ticks": {"email;afgemeld\na@x.nl;\nb@x.nl;✓\n", "a b", "a: yes, b: - unsubscribe"},
		"crosses, which mean yes to one and no to another": {"email;afgemeld\na@x.nl;✗\nb@x.nl;✓\n", "", "asks ✗"},
		"boxes": {"email;opt-in\na@x.nl;☑\nb@x.nl;☐\n", "a b", "a: yes, b: -"},
		"cells that failed": {"email;unsubscribed_at\na@x.nl;#N/B\nb@x.nl;#NV\nc@x.nl;2024-01-01\n",
			"a b c", "a: yes, b: yes, c: - unsubscribe"},
		"said to be empty": {"email;unsubscribed_at\na@x.nl;(leeg)\nb@x.nl;(blank)\nc@x.nl;-\n",
			"a b c", "a: yes, b: yes, c: yes"},
		"spaces that don't show": {"email;status\na@x.nl;\u00a0Actief\u200b\nb@x.nl;\u2003AFGEMELD \n", "a b",
			"a: yes, b: - unsubscribe"},
		"wide letters": {"email;ｓｔａｔｕｓ\na@x.nl;ａｃｔｉｖｅ\nb@x.nl;ｕｎｓｕｂｓｃｒｉｂｅｄ\n", "a b", "a: yes, b: - unsubscribe"},
		"Spanish": {"correo electrónico;email;estado\na;a@x.nl;suscrito\nb;b@x.nl;dado de baja\nc;c@x.nl;rebotado\n",
			"a b c", "a: yes, b: - unsubscribe, c: - hard_bounce"},
		"Italian": {"email;stato\na@x.nl;iscritto\nb@x.nl;disiscritto\nc@x.nl;cancellato\n",
			"a b c", "a: yes, b: - unsubscribe, c: - unsubscribe"},
		"Marketing Cloud": {"Email Address,Status\na@x.nl,Active\nb@x.nl,Held\nc@x.nl,Unsubscribed\nd@x.nl,Bounced\n",
			"a b c d", "a: yes, b: - hard_bounce, c: - unsubscribe, d: - hard_bounce"},
		"Constant Contact": {"Email address,Email status,Email permission status\na@x.nl,Active,Express\n" +
			"b@x.nl,No longer on list,Unsubscribed\nc@x.nl,Active,Implicit\n", "", "asks Implicit"},
		"a word within words": {"email;toelichting\na@x.nl;belde op 3 mei, wil geen mail meer\nb@x.nl;vaste klant\n", "",
			"asks toelichting"},
		"two encodings in one file": {"email;status\na@x.nl;active\nb@x.nl;d\u00e9sabonn\u00e9\nc@x.nl;d\xe9sabonn\xe9\n", "a b",
			"a: yes, b: - unsubscribe"},
		"nothing but an address and a sign": {"email;\na@x.nl;afgemeld\nb@x.nl;\n", "", "asks afgemeld"},
		"the row's own quotes":              {"email;status\n\"a@x.nl\";\"active\"\n'b@x.nl';'unsubscribed'\n", "a", "a: yes"},
	} {
		t.Run(name, func(t *testing.T) {
			n++
			own := func(text, after string) string { // addresses of this case alone
				return regexp.MustCompile(`\b([a-e])`+after).ReplaceAllString(text, fmt.Sprintf("${1}%d%s", n, strings.TrimPrefix(after, `\b`)))
			}
			o := Options{Label: d.nl, Consent: d.agreed()}
			content := own(c.content, "@")
			_, err := NewImporter(d.db, d.clock, d.Store).Run(t.Context(), o, strings.NewReader(content), nil)
			if asks, is := strings.CutPrefix(c.want, "asks "); is {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), asks) {
					t.Errorf("%v, want it to ask about %s", err, asks)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := d.stands(t, strings.Fields(own(c.names, `\b`))...), own(c.want, ":"); got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		})
	}
}
