# Ce qui ne fonctionne pas comme prévu, et que faire : sur la page et pour les programmes.
