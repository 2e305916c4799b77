-- description: Lines of the window; computed where it is read
SELECT * FROM lines WHERE day >= getvariable('window_from') AND day < getvariable('window_to')
