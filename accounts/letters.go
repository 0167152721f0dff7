package accounts

import "keur/internal/notices"

var (
	forgotLetters = map[string]notices.Letter{
		"nl": {Subject: "Nieuw wachtwoord voor Keur",
			Body: "Beste {name},\n\nMet deze link kies je een nieuw wachtwoord:\n\n{url}\n\nHij werkt één keer en een uur lang. Heb " +
				"je hier niet om gevraagd, dan hoef je niets te doen: je wachtwoord blijft zoals het is.\n"},
		"de": {Subject: "Neues Passwort für Keur",
			Body: "Guten Tag {name},\n\nmit diesem Link wählen Sie ein neues Passwort:\n\n{url}\n\nEr gilt einmal und eine Stunde " +
				"lang. Haben Sie nicht darum gebeten, brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist.\n"},
		"en": {Subject: "A new password for Keur",
			Body: "Dear {name},\n\nWith this link you choose a new password:\n\n{url}\n\nIt works once, for an hour. If you didn't " +
				"ask for it, there is nothing to do: your password stays as it is.\n"},
	}
	changedLetters = map[string]notices.Letter{
		"nl": {Subject: "Je wachtwoord voor Keur is gewijzigd",
			Body: "Beste {name},\n\nJe wachtwoord voor Keur is zojuist gewijzigd, en je bent overal elders afgemeld. Was jij dat " +
				"niet, vraag dan op de aanmeldpagina een nieuw wachtwoord aan en zeg het een beheerder.\n"},
		"de": {Subject: "Ihr Passwort für Keur wurde geändert",
			Body: "Guten Tag {name},\n\nIhr Passwort für Keur wurde soeben geändert, und Sie sind überall sonst abgemeldet. Waren " +
				"Sie das nicht, fordern Sie bitte auf der Anmeldeseite ein neues Passwort an und sagen Sie es einem Administrator.\n"},
		"en": {Subject: "Your password for Keur was changed",
			Body: "Dear {name},\n\nYour password for Keur was changed just now, and you are signed out everywhere else. If it " +
				"wasn't you, ask for a new password on the sign-in page, and tell an admin.\n"},
	}
	invitationLetters = map[string]notices.Letter{
		"nl": {Subject: "Je toegang tot Keur", Body: "Beste {name},\n\nEr is een account in Keur voor je gemaakt. Met deze link " +
			"kies je je wachtwoord; daarna meld je je aan met dit mailadres:\n\n{url}\n\nDe link werkt één keer en zeven dagen lang.\n"},
		"de": {Subject: "Ihr Zugang zu Keur", Body: "Guten Tag {name},\n\nfür Sie wurde ein Konto in Keur angelegt. Mit diesem Link " +
			"wählen Sie Ihr Passwort; danach melden Sie sich mit dieser Mailadresse an:\n\n{url}\n\nDer Link gilt einmal und sieben " +
			"Tage lang.\n"},
		"en": {Subject: "Your access to Keur", Body: "Dear {name},\n\nAn account in Keur was made for you. With this link you " +
			"choose your password; after that you sign in with this mail address:\n\n{url}\n\nThe link works once, for seven days.\n"},
	}
)

// letterTo writes one of the letters to u, with the link.
func letterTo(u User, letters map[string]notices.Letter, url string) notices.Letter {
	return letters[u.Locale].Fill("{name}", u.Name, "{url}", url)
}
