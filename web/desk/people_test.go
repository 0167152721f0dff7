package desk

import (
	"testing"

	"keur/internal/words"
)

// Who acted and has no name is said in words, and never as the base writes it.
func TestActorsAreSaidInWords(t *testing.T) {
	t.Parallel()
	book, err := words.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	for actor, want := range map[string]string{
		"system:scheduler": "Keur", "user:7": "Gebruiker 7", "member": "Het lid zelf", "console": "De opdrachtregel",
		"console:anna": "anna, op de opdrachtregel", "database:keur_app": "Rechtstreeks in de database",
		"contact:3": "Contactpersoon 3 van een adverteerder",
	} {
		if got := SayActor(book.In("nl"), actor); got != want {
			t.Errorf("%s: %q, want %q", actor, got, want)
		}
	}
}
