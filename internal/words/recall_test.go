package words

import (
	"testing"

	"keur/internal/fault"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	book := open(t)
	for _, c := range []struct{ locale, stored, want string }{
		{"nl", "drift: the audience is 120 now, and 100 was approved", "Afwijking: de doelgroep telt nu 120 leden, en 100 zijn goedgekeurd"},
		{"de", "preflight: the programme of Zalando at awin is not live any more", "Letzte Prüfung: das Programm von Zalando bei awin läuft nicht mehr"},
		{"nl", "complaints: 0.42% of 5000 mails were complained about", "Spamklachten: over 0.42% van 5000 mails werd geklaagd"},
		{"nl", "not everyone decided in time", "Niet iedereen besliste op tijd"},
		{"nl", "De klant wil toch een ander beeld", "De klant wil toch een ander beeld"},
		{"en", "not everyone decided in time", "not everyone decided in time"},
	} {
		if got := book.In(c.locale).Recall(c.stored); got != c.want {
			t.Errorf("%s: %q became %q", c.locale, c.stored, got)
		}
	}
}

func TestFaultsWithin(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.Invalid, "the address has no @")
	got := open(t).In("nl").Fault(fault.New(fault.Invalid, "column %q can't become an attribute: %v", "mail", inner).Form)
	if want := `Kolom "mail" kan geen veld worden: het adres heeft geen @`; got != want {
		t.Error(got)
	}
}
