package webtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/web"
)

// TestLayoutSeesWhatDoesNotFit: the check of every page finds each way in which
// a page can be drawn wrongly, and nothing in one that is right.
func TestLayoutSeesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := Stranger(t, "", Laptop)
	for html, want := range map[string]string{
		`<p style="width:80px;overflow:hidden;white-space:nowrap">a sentence that is cut off</p>`:                                   "clipped: p",
		`<div style="height:12px;overflow:hidden"><p style="margin:0">one<br>two<br>three</p></div>`:                                "clipped: div",
		`<table><td style="max-width:20px;white-space:nowrap">1,234,567</td><td>next</td></table>`:                                  "outside its box: td",
		`<ul><li style="width:60px;white-space:nowrap">a warning that runs on</li></ul>`:                                            "outside its box: li",
		`<button style="width:40px;white-space:nowrap;padding:0">Put up for approval</button>`:                                      "outside its box: button",
		`<div style="width:80px;overflow-x:auto"><span style="white-space:nowrap">more than there is room for</span></div>`:         "scrolls sideways unmarked: div",
		`<div class="scroll" style="width:80px;overflow-x:auto;white-space:nowrap">more than there is room for</div>`:               "",
		`<p title="the whole name" style="width:80px;overflow:hidden;white-space:nowrap;text-overflow:ellipsis">the whole name</p>`: "",
		`<p style="position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)">read out alone</p>`:                 "",
		`<div class="segmented" style="display:flex;flex-wrap:wrap;width:90px"><b>Telephone</b><b>Text</b></div>`:                   "breaks into lines: div",
		`<div class="segmented" style="display:flex;width:90px"><label><span>No images</span></label><b>Text</b></div>`:             "breaks into lines: div",
		`<div class="segmented" style="display:flex;width:290px"><label><span>No images</span></label><b>Text</b></div>`:            "",
		`<div class="segmented left" style="display:flex;flex-wrap:wrap;width:90px"><b>Telephone</b><b>Text</b></div>`:              "",
		`<p style="width:40px;overflow-wrap:anywhere">Delivered, not returned</p>`:                                                  "torn “Delivered”: p",
		`<p style="width:90px;overflow-wrap:anywhere">Delivered, not returned, at shop.example/some/long/path</p>`:                  "",
		`<code style="display:block;width:40px;overflow-wrap:anywhere">Delivered</code>`:                                            "",
		`<p style="display:none;width:10px;overflow:hidden">not shown</p>`:                                                          "",
		`<table><td>1,234</td><td>a sentence</td></table><p>It fits, <button>Yes</button></p>`:                                      "",
	} {
		w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.body.innerHTML = %q", html)))
		switch found := w.Layout(); {
		case want == "" && len(found) > 0:
			t.Errorf("%s: %v", html, found)
		case want != "" && !strings.Contains(strings.Join(found, "; "), want):
			t.Errorf("%s: %v, want %q", html, found, want)
		}
	}
}

// TestMachineWordsAreSeen: words of programs are found before people, and none
// of theirs is taken for one.
func TestMachineWordsAreSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Cron-expressie":               "Cron",
		"Certificaat als JSON":         "JSON",
		"de List-Id van het label":     "List-Id",
		"machine: honeypot":            "honeypot",
		"vingerafdruk 6039":            "vingerafdruk",
		"birth_date voor 1990":         "birth_date",
		"Onderwerp a":                  "Onderwerp a",
		"begonnen 2026-11-29T03:50:53": "2026-11-29T03:50",
		"Onderwerp van variant a, een chronologie van 2026-11-29 tot 3:50 uur; geboortedatum": "",
	} {
		if got := strings.Join(machineWords(text), ", "); got != want {
			t.Errorf("%s: found %q, want %q", text, got, want)
		}
	}
}

// TestMachineWordsOfPagesAreSeen: in what a page says they are found, but for code
// that is no condition, and for what is marked as meant for experts.
func TestMachineWordsOfPagesAreSeen(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]int{
		`<p>where <code>member.points &gt; 5</code></p>`:                                    1,
		`<details class="small advanced"><p>where <code>member.points</code></p></details>`: 0,
		`<p>Message <code>&lt;a_b.2026-11-30@x.nl&gt;</code></p>`:                           0,
		`<p>since 2026-11-30.</p><p>banner-2026-11-30.png</p>`:                              1,
		`<input placeholder="loyalty_level"><img alt="as JSON">`:                            2,
		`<p>Hello {{member.first_name}}</p>`:                                                2,
		`<textarea>{{voucher}}</textarea><pre>birth_date</pre><script>a_b</script>`:         0,
		`<p>of 0123456789abcdef0123456789abcdef</p>`:                                        1,
		`<p>7b1c7a52-0000-4000-8000-0123456789ab</p>`:                                       1,
		`<p>sales_2026.csv from jan_de_wit@post.example</p>`:                                0,
	} {
		if got := MachineWords(t, page); len(got) != want {
			t.Errorf("%s: %q", page, got)
		}
	}
}

// TestForeignWordsAreSeen: words of English and codes are found on a Dutch page, and
// none that Dutch has, too, or that is said to be English.
func TestForeignWordsAreSeen(t *testing.T) {
	t.Parallel()
	book, err := web.Messages()
	if err != nil {
		t.Fatal(err)
	}
	foreign := Foreign(book, "nl")
	for page, want := range map[string]int{
		`<p>Staat: draft</p>`:                  1,
		`<td>changes_requested</td>`:           1,
		`<p>Draft · Concept (Paused)</p>`:      2,
		`<button title="Search"></button>`:     1,
		`<p>Concept, do 3 december, label</p>`: 0,
		`<code>draft</code>`:                   0,
	} {
		if got := foreign(t, page); len(got) != want {
			t.Errorf("%s: %q", page, got)
		}
	}
}
