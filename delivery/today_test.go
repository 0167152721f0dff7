package delivery_test

import (
	"strings"
	"testing"
	"time"

	"keur/delivery"
	"keur/delivery/deliverytest"
	"keur/labels"
)

// TestTodayIsTheDayOfTheSlot: whenever a mail leaves, and wherever its page is
// read, its day is that of its slot in the label's zone.
func TestTodayIsTheDayOfTheSlot(t *testing.T) {
	t.Parallel()
	w := newLedger(t, 1)
	slot := w.clock.Now().UTC().Truncate(24 * time.Hour).Add(-30 * time.Minute) // yesterday here, and today in Amsterdam
	day := slot.Add(2 * time.Hour)
	content := deliverytest.Content()
	content.Template.Source = strings.Replace(content.Template.Source, "</p>",
		`</p><p>Het is {{today | date "yyyy-MM-dd"}}, en {{"`+day.AddDate(0, 0, 9).Format(time.DateOnly)+`" | days_until}} nachten.</p>`, 1)
	send, err := w.NewSend(t.Context(), content, slot)
	must(t, err)
	_, err = w.Start(t.Context(), send, deliverytest.Everyone, delivery.FreezeOptions{NotBefore: send.SlotAt})
	must(t, err)
	w.send = send
	want := "Het is " + day.Format(time.DateOnly) + ", en 9 nachten."
	w.deliver(t, accepted)
	if mail := strings.NewReplacer("=\r\n", "", "=20", " ").Replace(w.last); !strings.Contains(mail, want) {
		t.Errorf("the mail doesn't say %q", want)
	}
	proofs := &delivery.Proofs{DB: w.App, Labels: labels.NewStore(w.App), Mails: w.mails(), Clock: w.clock, Route: w.server.Route}
	if page, err := proofs.View(t.Context(), send.ID, 1); err != nil || !strings.Contains(string(page), want) {
		t.Errorf("the page doesn't say %q, %v", want, err)
	}
}
