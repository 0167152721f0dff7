package postgres

// ListenEvery is Listen with another time between looks at the connection.
var ListenEvery = listen
