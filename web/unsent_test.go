package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"keur/approval/approvaltest"
	"keur/approval/comments"
	"keur/web"
	"keur/web/webtest"
)

// tryForms changes a field of each form that is sent by a button, and undoes it:
// returns how many there were, and of which the page warned wrongly or not.
const tryForms = `(() => {
	const warns = () => !dispatchEvent(new Event("beforeunload", {cancelable: true}));
	const tried = {forms: 0, wrong: warns() ? ["nothing was typed"] : []};
	for (const form of document.querySelectorAll("main form[method=post]")) {
		if (form.matches("[data-autosave], [data-drop], [role=search]") || form.closest(".signin")) continue;
		const unusable = ":disabled, button, fieldset, [type=hidden], [type=file], [type=radio]";
		const field = [...form.elements].find((f) => f.name && !f.matches(unusable) && (f.tagName !== "SELECT" || f.options.length > 1));
		if (!field) continue;
		tried.forms++;
		const one = field.type === "checkbox" ? "checked" : field.tagName === "SELECT" ? "selectedIndex" : "value";
		const before = field[one];
		const other = {checkbox: !before, number: "7", email: "x@y.example", date: "2031-02-03", time: "03:04",
			"datetime-local": "2031-02-03T04:05", color: "#123456", month: "2031-02", url: "https://x.example"}[field.type];
		field[one] = one === "selectedIndex" ? (before + 1) % field.options.length : other ?? before + "x";
		if (!warns()) tried.wrong.push("no warning of " + field.name + " in " + form.getAttribute("action"));
		field[one] = before;
		if (warns()) tried.wrong.push("warning of " + field.name + ", undone, in " + form.getAttribute("action"));
	}
	return tried;
})()`

// filledIn is a form of a page's main part that a button sends, with a field.
var filledIn = regexp.MustCompile(`(?s)<main.*<form[^>]*method="post"[^>]*>.*?<(textarea|select|input (id|name)=).*</form>`)

// TestLeavingWarnsOfWhatWasTyped opens every page of the desk and types into
// every form that a button sends.
func TestLeavingWarnsOfWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := full(t)
	tried := 0
	for _, name := range []string{"admin", "approver"} {
		w, reader := d.Browse(name, webtest.Laptop), d.As(name)
		for _, r := range web.Routes(d.Deps) {
			path := fill(d, r.Path)
			elsewhere := name == "approver" && !strings.Contains(path, "/approv")
			if r.Method != http.MethodGet || strings.Contains(path, ":") || strings.HasSuffix(path, "/live") || elsewhere {
				continue
			}
			page := path + "?label=" + d.Label.Code
			if got := reader.Get(page); got.Status != http.StatusOK || !strings.Contains(got.Body, "<html") ||
				!filledIn.MatchString(got.Body) {
				continue
			}
			w.Open(page)
			w.Until(`document.readyState === "complete" && !document.querySelector(".htmx-request")`)
			found := webtest.See(w, chromedp.Evaluate[struct {
				Forms int
				Wrong []string
			}](tryForms))
			for _, wrong := range found.Wrong {
				t.Errorf("%s as %s: %s", r.Path, name, wrong)
			}
			tried += found.Forms
		}
	}
	if tried < 45 {
		t.Errorf("only %d forms were tried", tried)
	}
}

// warns reports whether the browser would ask before it leaves the page.
func warns(w *webtest.Window) bool {
	w.Helper()
	return !webtest.See(w, chromedp.Evaluate[bool](`dispatchEvent(new Event("beforeunload", {cancelable: true}))`))
}

// holds is what stands in a field.
func holds(w *webtest.Window, field string) string {
	w.Helper()
	w.Until(fmt.Sprintf(`document.querySelector(%q) !== null`, field))
	// Asked in one go, as script may put another field of that name in its place.
	return webtest.See(w, chromedp.Evaluate[string](fmt.Sprintf(`document.querySelector(%q).value`, field)))
}

// typed puts text into fields, by their selectors in turn, as somebody does.
func typed(w *webtest.Window, pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
			const field = document.querySelector(%q);
			field.value = %q;
			field.dispatchEvent(new Event("input", {bubbles: true}));
		})()`, pairs[i], pairs[i+1])))
	}
}

// What is typed into one form of a page outlives whatever is sent by another,
// taken, refused or not yet proven, and isn't kept once it is stored.
func TestWhatIsTypedOutlivesOtherForms(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	round, id := d.Submitted(d.Brief(t, webtest.TestSlot))
	asked, err := d.Approval.Comments.Add(approvaltest.As(d.Maker), comments.Comment{RevisionID: round.RevisionID, Body: "Klopt dit?"})
	must(t, err)
	review, answer := "/approvals/"+webtest.Itoa(id), "#answer-"+webtest.Itoa(asked)
	w := webtest.BrowseUnproven(d, "approver", webtest.Laptop)
	w.Open(review)
	typed(w, answer, "Ja, dit klopt.", "#body", "Nog een ding.", "#reason", "Andere kop.")
	if !warns(w) {
		t.Error("the page is left without a warning")
	}

	// Not yet proven, and given up.
	send(w, review+"/changes")
	w.Do(chromedp.WaitVisible(webtest.CSS("#proof-password")), webtest.Click(fmt.Sprintf(`main a[href=%q]`, review)))
	w.Do(chromedp.WaitReady(webtest.CSS(answer)))
	stand(w, answer, "Ja, dit klopt.", "#body", "Nog een ding.", "#reason", "Andere kop.")

	// Refused: not all mails were seen, and a comment waits for an answer.
	webtest.Prove(d, "approver")
	send(w, review+"/approve")
	w.Do(chromedp.WaitReady(webtest.CSS("#verdict .form-fault, #verdict [role=alert]")))
	stand(w, answer, "Ja, dit klopt.", "#body", "Nog een ding.", "#reason", "Andere kop.")
	if !warns(w) {
		t.Error("after a refusal the page is left without a warning")
	}

	// Taken by script, in a part of the page.
	send(w, review+"/comments")
	w.Until(`document.querySelectorAll("#comments .answer, #comments .threads > li").length >= 2`)
	w.Settled()
	stand(w, answer, "", "#body", "Nog een ding.", "#reason", "Andere kop.")

	// What is kept of a refused form is what was typed, not what it was made on.
	w.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#verdict form").dispatchEvent(new Event("submit", {bubbles: true}))`))
	kept := webtest.See(w, chromedp.Evaluate[string](`sessionStorage.getItem("keur:unsent") ?? ""`))
	if !strings.Contains(kept, "Nog een ding.") || strings.Contains(kept, round.Digest.String()) {
		t.Errorf("kept is %s", kept)
	}
}

// TestAnotherIsNotShownWhatWasTyped: whoever signs in in the same tab, after a
// session that ended, sees nothing of what the user before them typed.
func TestAnotherIsNotShownWhatWasTyped(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	_, id := d.Submitted(d.Brief(t, webtest.TestSlot))
	review := "/approvals/" + webtest.Itoa(id)
	w := webtest.BrowseUnproven(d, "approver", webtest.Laptop)
	w.Open(review)
	typed(w, "#body", "Nog een ding.", "#reason", "Andere kop.")
	send(w, review+"/changes") // which asks for a proof, and keeps both
	w.Do(chromedp.WaitVisible(webtest.CSS("#proof-password")))
	w.SignIn(d, "approver")
	w.Open(review)
	stand(w, "#body", "Nog een ding.")
	send(w, review+"/changes")
	w.Do(chromedp.WaitVisible(webtest.CSS("#proof-password")))
	w.SignIn(d, "planner")
	w.Open(review)
	w.Do(chromedp.WaitReady(webtest.CSS("#body")))
	stand(w, "#body", "")
	if webtest.See(w, chromedp.Evaluate[bool](`JSON.stringify(sessionStorage).includes("Nog een ding")`)) {
		t.Error("what was typed is still kept")
	}
}

// What is stored is neither kept nor warned of; who signs out leaves nothing
// behind for the next.
func TestWhatIsStoredIsForgotten(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	w := d.Browse("planner", webtest.Laptop)
	vouchers := fmt.Sprintf("/campaigns/%d/vouchers", d.Campaign.ID)
	open := func() {
		w.Open(fmt.Sprintf("/campaigns/%d", d.Campaign.ID))
		typed(w, fmt.Sprintf(`form[action=%q] [name=name]`, vouchers), "Lente")
	}
	kept := func() int {
		return webtest.See(w, chromedp.Evaluate[int](`Object.keys(sessionStorage).filter((key) => key.startsWith("keur:")).length`))
	}
	open()
	send(w, vouchers)
	w.Do(chromedp.WaitReady(webtest.CSS("#codes-2")))
	w.Until(`document.readyState === "complete"`)
	if warns(w) || kept() > 0 {
		t.Errorf("what was stored is warned of (%v) or kept (%d)", warns(w), kept())
	}
	open()
	if !warns(w) {
		t.Error("who signs out isn't asked whether to leave what they typed")
	}
	send(w, "/signout") // by script: of a page that nobody touched browsers don't ask
	w.Do(chromedp.WaitReady(webtest.CSS("#password")))
	if kept() > 0 {
		t.Error("who signed out left behind what they typed")
	}
}

// send presses the button of a form.
func send(w *webtest.Window, action string) {
	w.Helper()
	w.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('form[action=%q]').requestSubmit()`, action)))
}

// stand wants fields to hold what was typed.
func stand(w *webtest.Window, pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := holds(w, pairs[i]); got != pairs[i+1] {
			w.Errorf("%s holds %q, not %q", pairs[i], got, pairs[i+1])
		}
	}
}
