"""What subjects of the lexicon have in common."""

from __future__ import annotations

_GROUPS = """
world politics: world news, politics, elections, government, diplomacy, foreign policy, war, armed
  conflict, terrorism, military, weapons, human rights, immigration, Middle East, Europe, Asia,
  Africa, Latin America
law: crime, courts, legal disputes, police, gun control, civil rights, fraud, human rights
religion: Christianity, Islam, Judaism, atheism, faith, theology
business: economy, finance, banking, stock market, stocks, investing, trade, markets, oil prices,
  energy prices, company earnings, mergers and acquisitions, employment, jobs, retail, marketing,
  advertising, entrepreneurship, management, accounting, prices, real estate
technology: computers, computer hardware, software, operating systems, mobile phones, mobile apps,
  consumer electronics, electronics, internet, telecommunications, wireless networks, video games,
  computer security, social media
programming: software, software development, programming languages, web development, databases,
  documentation, testing, deployment, algorithms, data structures, error messages, bugs, files,
  file formats, data types, configuration, build errors, user interface, operating systems
artificial intelligence: machine learning, deep learning, neural networks, computer vision,
  natural language processing, image processing, speech recognition, robotics
mathematics: algebra, geometry, group theory, representation theory, category theory, set theory,
  knot theory, functional analysis, linear algebra, matrices, topology, number theory,
  combinatorics, graph theory, calculus, differential equations, numerical analysis, logic,
  arithmetic, mathematical calculation
statistics: statistical inference, hypothesis testing, regression analysis, time series,
  stochastic processes, probability, data analysis, data mining, random numbers, measurement
physics: quantum mechanics, particle physics, nuclear physics, high energy physics, string theory,
  general relativity, condensed matter, materials science, superconductivity, magnetism, optics,
  lasers, fluid dynamics, thermodynamics, statistical mechanics, plasma physics, quantum computing
astronomy: astrophysics, galaxies, stars, planets, cosmology, space exploration, space
biology: molecular biology, cell biology, biochemistry, biophysics, population dynamics, genetics,
  neuroscience, ecology, evolution, disease
environment: climate change, meteorology, oceanography, ecology, energy, natural disasters, water,
  waste, earth science
health: medicine, health care, disease, infectious disease, cancer, nutrition, diet, exercise,
  fitness, mental health, psychology, medical treatment, drugs, vaccination
entertainment: film, movies, television, theater, celebrities, awards, concerts, music, radio,
  podcasts, video games
music: songs, playlists, concerts, radio, podcasts, sound
sports: football, soccer, baseball, basketball, hockey, tennis, golf, cricket, motor racing,
  Olympics
travel: travel plans, hotels, flights, airlines, air travel, vacation, tourism, trains, public
  transport, reservations
transportation: vehicles, public transport, taxis, traffic, trains, motorcycles, bicycles, roads,
  parking, cars
cars: car maintenance, car repair, vehicles, motorcycles, parking
food: cooking, recipes, ingredients, restaurants, restaurant reservations, drinks, coffee,
  groceries, nutrition
shopping: shopping list, groceries, fashion, clothing, shoes, jewelry, orders
home: home appliances, kitchen, cleaning, furniture, gardening, smart home, utilities
family: children, parenting, relationships, marriage, weddings, birthdays
calendar: appointments, meetings, reminders, schedules, to-do list, events, alarms, timers
banking: credit cards, debit cards, lost cards, bank accounts, account balance, money transfers,
  payments, payment problems, loans, mortgages, credit score, fees, charges, currency exchange
orders: order status, order cancellation, delivery, late delivery, shipping, returns, refunds,
  damaged goods
customer service: rude staff, waiting times, complaints, feedback
account access: passwords, login problems, registration, identity verification, account settings
device settings: volume, lighting, smart home, battery, screen, camera, sound, notifications
small talk: greetings, farewells, jokes, compliments, gratitude, personal questions, hobbies,
  names, origins, opinions
"""
GROUPS: dict[str, tuple[str, ...]] = {
    name: tuple(member.strip() for member in members.split(","))
    for name, _, members in (
        line.partition(":") for line in _GROUPS.replace("\n  ", " ").strip().splitlines()
    )
}
"""A subject -> those that it takes in; one may be in several."""
