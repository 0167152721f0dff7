package template_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"keur/templates"
	"keur/templates/lang"
	"keur/web/webtest"
)

// odd is what odd mails are made of: § is a word of its own, and ¶ more of them.
var odd = []string{
	"§", "§ §", "<p>¶</p>", "¶<br><br><br/>¶<br>", "<div>¶<div>¶</div></div>", "<b>§</b><i>§</i>", "§<span> §</span>§",
	"<ul><li>¶<ol><li>¶</li><li>¶</li></ol></li><li>¶</li></ul>",
	"<ol><li>¶<ul><li>¶</ul><li>¶</ol>", "<dl><dt>§</dt><dd>¶</dd></dl>",
	"<table><tr><td>¶</td><td>¶</td></tr><tr><td colspan=2>¶</td></tr></table>",
	"<table><caption>§</caption><thead><tr><th>§</th></tr></thead><tr><td><table><tr><td>¶</td></tr></table></td></tr></table>",
	"<table><tr><td>§<td>¶<tr><td>¶</table>",
	"<!--[if mso]><table><tr><td>weg<![endif]-->¶<!--[if mso]></td></tr></table><![endif]-->",
	"<!--[if !mso]><!-->¶<!--<![endif]-->", "<!-- weg -->§", "<div style='display:none'>weg ¶</div>§", "<span hidden>weg</span>§",
	"<p style='visibility:hidden'>weg</p>", "<div style='DISPLAY : none'>weg</div>", "<p style='font-size:0'>weg</p>§",
	"<p style='font-size:0px'>weg<span style='font-size:14px'>§</span></p>", "<div style='max-height:0;overflow:hidden'>weg</div>",
	"<p style='opacity:0'>weg</p>", "<noscript>§</noscript>", "<title>weg</title>", "<style>.weg{color:red}</style>",
	"R&amp;D&nbsp;§ &euro;&#8239;5 &lt;b&gt; &copy; &hellip; &ampx",
	"می&zwnj;خواهم §", "👩‍🚀👨‍👩‍👧§ 🇳🇱 ❤️ 1️⃣",
	"<p dir=rtl>שלום § עולם</p>", "<bdi>§</bdi>",
	"<a href='https://a.nl/1'>§<a href='https://a.nl/2'>§</a></a>", "<a href='https://a.nl/?a=1&copy=2'><b>§</b> §</a>",
	"<a href='mailto:a@b.nl'>§</a>", "<a href='#weg'>§</a>",
	"<a href='https://a.nl/3'><img src='https://a.nl/i.png' width=9 alt='§ §'></a>",
	"<img src='https://a.nl/i.png' width=9 alt='§'>", "<img src='https://a.nl/i.png' width=9 alt=''>",
	"<img src='https://a.nl/i.png' width=9 alt='weg' style='display:none'>",
	"<pre>§   §\n  §</pre>", "<blockquote>¶</blockquote>", "<h1>§</h1><h4>¶</h4>", "<center>¶</center>",
	"<font color=red>§</font>", "<sup>§</sup>",
	"§<hr>§", "<p>§<p>§<p>", "<address>¶</address>", "<strike>§</strike><ins>§</ins>",
	"<s>¶</s>", "§<del>§</del>§", "<del><p>¶</p></del>", "<span style='color: red; text-decoration: underline line-through'>§</span>",
	"<s style='text-decoration:none'>§</s>", "<p style='text-decoration-line: line-through'>¶</p>", "<s> </s>§",
	"<a href='https://a.nl/4'><s>§</s> §</a>", "<s>{{member.first_name | default '§'}}</s>§", "§<wbr>§", "<q>§</q>", "§&shy;§",
	"<figure>¶<figcaption>§</figcaption></figure>",
	"<div style='mso-hide:all'>¶</div>", "<ruby>§</ruby>", "<label>§</label>", "<main>§</main><nav>§</nav>",
	"<fieldset><legend>§</legend>§</fieldset>", "{{if member.vip}}¶{{else}}¶{{end}}",
	"<p>{{member.first_name | default '§'}}</p>",
}

// oddMail returns a mail of some of that, in which each word is told apart.
func oddMail(random *rand.Rand) string {
	words := 0
	var of func(depth int) string
	of = func(depth int) string {
		piece := odd[random.IntN(len(odd))]
		for depth == 0 && strings.Contains(piece, "¶") {
			piece = odd[random.IntN(len(odd))]
		}
		return regexp.MustCompile("[§¶]").ReplaceAllStringFunc(piece, func(mark string) string {
			if mark == "¶" {
				return of(depth-1) + of(depth-1)
			}
			words++
			return fmt.Sprintf("w%d", words)
		})
	}
	mail := ""
	for range 3 {
		mail += of(3) + " "
	}
	return mail
}

// readsAs tells what a browser shows of a mail, with pictures as their words, and
// where the links lead that one sees.
const readsAs = `Promise.all(%s.map((mail) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    const page = frame.contentDocument;
    for (const img of [...page.images]) {
      if (getComputedStyle(img).display !== "none" && img.alt) img.replaceWith(" " + img.alt + " ");
    }
    const seen = (n) => n.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && n.innerText.trim() !== "";
    for (const n of page.body.querySelectorAll("*")) {
      const look = getComputedStyle(n);
      if (look.visibility === "hidden") n.replaceWith(" ");
      if (look.opacity === "0" || (look.overflow === "hidden" && look.maxHeight === "0px")) n.style.display = "none";
      if (look.fontSize === "0px") for (const c of [...n.childNodes]) if (c.nodeType === 3) c.data = " ";
    }
    const struck = [...page.body.querySelectorAll("*")].filter((n) => seen(n) && /line-through/.test(getComputedStyle(n).textDecorationLine));
    for (const n of struck.filter((n) => !struck.some((around) => around !== n && around.contains(n)))) {
      n.before(" ");
      n.prepend("(was ");
      n.append(")");
      n.after(" ");
    }
    const links = [...page.links].filter(seen);
    for (const a of links) if (a.hash !== "#weg") a.after(" "); // where the text has the address
    done({ Words: page.body.innerText, Links: links.map((a) => a.getAttribute("href")) });
  };
  frame.sandbox = "allow-same-origin"; // without script, as mail programs are
  frame.srcdoc = mail;
  document.body.append(frame);
})))`

// TestTextReadsAsABrowserDoes: of 100 odd mails the text part has each word and
// each link that Chromium shows, in their order, and none that it doesn't.
func TestTextReadsAsABrowserDoes(t *testing.T) {
	t.Parallel()
	random, compiler := rand.New(rand.NewPCG(9, 5)), templates.NewCompiler(time.Hour)
	var sources, mails, texts []string
	for len(mails) < 100 {
		source := oddMail(random)
		program, _, err := compiler.Compile(t.Context(), templates.Input{
			Format: templates.HTML, Source: "<!doctype html><body>" + source + "</body>", Draft: true,
			Subjects: []templates.Subject{{Key: "a", Text: "Weekend"}}, Label: templates.Label{Name: "Zuinig", Locale: "nl"},
			Fields: map[string]lang.FieldType{"vip": lang.Bool, "first_name": lang.Text},
		})
		if err != nil {
			continue // an if across elements
		}
		mail, err := program.Preview(0, program.Sample(map[string]string{"vip": "true"}), templates.DeadURLs{Base: "https://t.nl"})
		if err != nil {
			t.Fatal(err)
		}
		sources, mails, texts = append(sources, source), append(mails, mail.HTML), append(texts, mail.Text)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		// Its frames have this too: a picture is its words here, and nothing is asked of the internet.
		w.Header().Set("Content-Security-Policy", "img-src 'none'")
		_, _ = w.Write([]byte("<!doctype html><meta charset=utf-8><body>"))
	}))
	defer server.Close()
	w := webtest.Stranger(t, server.URL, webtest.Desktop)
	w.Do(chromedp.Navigate(w.URL))
	list, _ := json.Marshal(mails)
	type reading struct {
		Words string
		Links []string
	}
	shown := webtest.See(w, chromedp.Evaluate[[]reading](fmt.Sprintf(readsAs, list), chromedp.EvalAwaitPromise))
	for i, browsers := range shown {
		links := []string{}
		text := addressInText.ReplaceAllStringFunc(texts[i], func(link string) string {
			links = append(links, strings.Trim(link, " ()\n"))
			return " "
		})
		if want, got := plainWords(browsers.Words), plainWords(text); !slices.Equal(want, got) {
			t.Errorf("%s\nthe browser reads %q\nthe text is     %q", sources[i], want, got)
		}
		want := slices.DeleteFunc(browsers.Links, func(to string) bool { return strings.HasPrefix(to, "#") })
		if !slices.Equal(want, links) {
			t.Errorf("%s\nthe browser links to %q\nthe text links to %q", sources[i], want, links)
		}
	}
}

var addressInText = regexp.MustCompile(`\s?\((?:https?|mailto):[^ )]*\)`)

// plainWords returns the words of a text, without what only orders it or tells
// where a line may break.
func plainWords(text string) []string {
	text = strings.NewReplacer("\u00AD", "", "\u200B", "").Replace(text)
	text = beforeBracket.ReplaceAllString(text, ")")
	// Digits above and below the line are drawn so by the browser, and written so in the text.
	text = strings.Map(func(r rune) rune {
		for _, forms := range []string{"⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"} {
			if i := slices.Index([]rune(forms), r); i >= 0 {
				return '0' + rune(i)
			}
		}
		return r
	}, text)
	// The browser draws what stands before an entry of a list, and has it in no text.
	return slices.DeleteFunc(strings.Fields(text), func(word string) bool {
		return word == "-" || word == "---" || entryNumber.MatchString(word)
	})
}

var beforeBracket = regexp.MustCompile(`\s+\)`)

var entryNumber = regexp.MustCompile(`^[0-9]+\.$`)
