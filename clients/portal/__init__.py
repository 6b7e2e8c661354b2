"""The web client: pages made on the server, from what the services' HTTP edges answer."""
