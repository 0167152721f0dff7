package accounts

import "strings"

// letter is what a mail about a password says, in its reader's language.
type letter struct{ Subject, Body string }

var (
	forgotLetters = map[string]letter{
		"nl": {"Nieuw wachtwoord voor Keur", "Beste {name},\n\nMet deze link kies je een nieuw wachtwoord:\n\n{url}\n\nHij werkt één keer en een uur lang. Heb je hier niet om gevraagd, dan hoef je niets te doen: je wachtwoord blijft zoals het is.\n"},
		"de": {"Neues Passwort für Keur", "Guten Tag {name},\n\nmit diesem Link wählen Sie ein neues Passwort:\n\n{url}\n\nEr gilt einmal und eine Stunde lang. Haben Sie nicht darum gebeten, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.\n"},
		"en": {"A new password for Keur", "Dear {name},\n\nWith this link you choose a new password:\n\n{url}\n\nIt works once, for an hour. If you didn't ask for it, there is nothing to do: your password stays as it is.\n"},
	}
	changedLetters = map[string]letter{
		"nl": {"Je wachtwoord voor Keur is gewijzigd", "Beste {name},\n\nJe wachtwoord voor Keur is zojuist gewijzigd, en je bent overal elders afgemeld. Was jij dat niet, vraag dan op de aanmeldpagina een nieuw wachtwoord aan en zeg het een beheerder.\n"},
		"de": {"Ihr Passwort für Keur wurde geändert", "Guten Tag {name},\n\nIhr Passwort für Keur wurde soeben geändert, und Sie sind überall sonst abgemeldet. Waren Sie das nicht, fordern Sie bitte auf der Anmeldeseite ein neues Passwort an und sagen Sie es einem Administrator.\n"},
		"en": {"Your password for Keur was changed", "Dear {name},\n\nYour password for Keur was changed just now, and you are signed out everywhere else. If it wasn't you, ask for a new password on the sign-in page, and tell an admin.\n"},
	}
	invitationLetters = map[string]letter{
		"nl": {"Je toegang tot Keur", "Beste {name},\n\nEr is een account in Keur voor je gemaakt. Met deze link kies je je wachtwoord; daarna meld je je aan met dit mailadres:\n\n{url}\n\nDe link werkt één keer en zeven dagen lang.\n"},
		"de": {"Ihr Zugang zu Keur", "Guten Tag {name},\n\nfür Sie wurde ein Konto in Keur angelegt. Mit diesem Link wählen Sie Ihr Passwort; danach melden Sie sich mit dieser Mailadresse an:\n\n{url}\n\nDer Link gilt einmal und sieben Tage lang.\n"},
		"en": {"Your access to Keur", "Dear {name},\n\nAn account in Keur was made for you. With this link you choose your password; after that you sign in with this mail address:\n\n{url}\n\nThe link works once, for seven days.\n"},
	}
)

// to writes the letter to u with the link.
func (l letter) to(u User, url string) letter {
	fill := strings.NewReplacer("{name}", u.Name, "{url}", url)
	return letter{Subject: l.Subject, Body: fill.Replace(l.Body)}
}
