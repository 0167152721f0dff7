package accounts

import "keur/internal/notices"

// letterTo writes one of the letters of account_letter to u, with the link.
func letterTo(u User, letter, url string) notices.Letter {
	return notices.Write(u.Locale, letter, "name", u.Name, "url", url)
}
