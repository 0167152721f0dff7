package dmarc_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"keur/web/webtest"
)

// report is Google's, about the domain of the desk's sender, with other numbers.
func report(t *testing.T, d *webtest.Desk, change ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../tracking/dmarc/testdata/google.xml")
	if err != nil {
		t.Fatal(err)
	}
	address := d.Label.Senders[0].Address
	change = append(change, "<domain>shop.nl</domain>", "<domain>"+address[strings.LastIndexByte(address, '@')+1:]+"</domain>",
		"1795478400", "1795305600", "1795564799", "1795391999")
	return strings.NewReplacer(change...).Replace(string(text))
}

func says(t *testing.T, where, body string, want bool, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(body, w) != want {
			t.Errorf("%s says %q: %t", where, w, !want)
		}
	}
}

// An admin takes in a report as a file, sees what it says, and gets it as a file.
func TestAReportIsTakenInAndShown(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	admin, page := d.As("admin"), "/settings/dmarc/"+webtest.Itoa(d.Label.ID)
	says(t, "the empty page", admin.Get(page).Body, true, "Nothing was reported yet", "dmarc@"+d.Label.BounceDomain)
	upload := func(text string) webtest.Response { return admin.Uploads(page, "google.xml", text) }
	if r := upload("<feedback></feedback>"); r.Status != http.StatusUnprocessableEntity || !strings.Contains(r.Body, "no DMARC report") {
		t.Errorf("what is none: %d", r.Status)
	}
	for range 2 {
		if r := upload(report(t, d)); r.Header.Get("Location") != page {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	body := admin.Get(page).Body
	says(t, "the page", body, true, "18,250 mails were aligned, 412 weren&#39;t", "203.0.113.77", "google.com", "brought as a file",
		"data-curve")
	file := admin.Get(page + "?format=data").Body
	says(t, "the file", file, true, "203.0.113.77,unasked,412,412")
	says(t, "Today", admin.Get("/").Body, false, page)
}

func TestLookAtReports(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	page := "/settings/dmarc/" + webtest.Itoa(d.Label.ID)
	d.Look("admin", "dmarc_none", page)
	d.As("admin").Uploads(page, "google.xml", report(t, d))
	d.As("admin").Uploads(page, "google.xml", report(t, d, "11223344556677889900", "2", "18250", "17010"))
	d.Look("admin", "dmarc", page)
}

// Who points at a day in the picture reads its numbers as they are written in their
// language.
func TestADayOfThePictureIsRead(t *testing.T) {
	t.Parallel()
	d := webtest.New(t, 1)
	page := "/settings/dmarc/" + webtest.Itoa(d.Label.ID)
	d.As("admin").Uploads(page, "google.xml", report(t, d))
	w := d.Browse("admin", webtest.Desktop)
	w.Open(page + "?lang=nl")
	w.Until(`document.querySelector(".u-over") !== null`)
	w.Run(`(() => {
		const over = document.querySelector(".u-over"), box = over.getBoundingClientRect();
		over.dispatchEvent(new MouseEvent("mousemove", { clientX: box.left + 1, clientY: box.top + 9, bubbles: true }));
	})()`)
	w.Until(`/18[.,]250/.test(document.querySelector(".u-legend").textContent) && !document.querySelector(".u-legend").textContent.includes(":00")`)
}
